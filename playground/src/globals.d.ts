interface MonacoEnvironment {
  getWorker(id: string, label: string): Worker;
}

declare var MonacoEnvironment: MonacoEnvironment;

declare module 'monaco-editor/esm/vs/*';

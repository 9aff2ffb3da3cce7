// Sends what GraphiQL asks for: queries and mutations over HTTP, subscriptions over graphql-transport-ws, one path.

import type { Fetcher, FetcherParams, SyncExecutionResult } from '@graphiql/toolkit';
import { getOperationAST, Kind, OperationTypeNode, parse, type ExecutionResult, type OperationDefinitionNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { fill, findTokens, learn, unknownPlaceholders } from './remember';
import { addOffers, credentials, getSession, onCredentialsChange, updateSession } from './session';

const PATH = '/graphql';

const socket = createClient({
  url: `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}${PATH}`,
  lazy: true,
  connectionParams: credentials,
  keepAlive: 20_000,
  retryAttempts: 4,
  retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, 150 * 3 ** retries)),
  // 4401 and 4403 mean the token was refused or has expired: trying again with the same one is no use.
  shouldRetry: (cause) => !isClose(cause) || (cause.code !== 4401 && cause.code !== 4403),
});

// A terminated client connects again at once, with the new credentials, and resumes its subscriptions.
onCredentialsChange(() => socket.terminate());

type Close = { code: number; reason: string };

function isClose(cause: unknown): cause is Close {
  return typeof cause === 'object' && cause !== null && 'code' in cause && 'reason' in cause;
}

const problem = (message: string): ExecutionResult => ({ errors: [{ message }] }) as unknown as ExecutionResult;

function operationOf(params: FetcherParams): OperationDefinitionNode | null {
  try {
    const document = parse(params.query);
    // Just after a change of tab GraphiQL still names the operation of the last one; a lone operation needs no name.
    return getOperationAST(document, params.operationName) ?? getOperationAST(document) ?? null;
  } catch {
    return null; // The server says what is wrong with it.
  }
}

/** The field behind every alias at the top of an operation. */
function aliases(operation: OperationDefinitionNode | null): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const selection of operation?.selectionSet.selections ?? []) {
    if (selection.kind === Kind.FIELD && selection.alias) fields[selection.alias.value] = selection.name.value;
  }
  return fields;
}

function take(answer: unknown, operation: OperationDefinitionNode | null): void {
  const { remembered } = getSession();
  const next = learn(remembered, answer);
  if (next !== remembered) updateSession({ remembered: next });
  addOffers(findTokens((answer as { data?: unknown } | null)?.data, aliases(operation)));
}

async function overHttp(params: FetcherParams, typed: Record<string, unknown> | undefined): Promise<ExecutionResult> {
  const headers = new Headers({
    Accept: 'application/graphql-response+json, application/json',
    'Content-Type': 'application/json',
    ...credentials(),
  });
  for (const [name, value] of Object.entries(typed ?? {})) headers.set(name, String(value));
  const response = await fetch(PATH, { method: 'POST', headers, body: JSON.stringify(params) });
  const text = await response.text();
  try {
    return JSON.parse(text) as ExecutionResult;
  } catch {
    return problem(`HTTP ${response.status}: ${text.slice(0, 500) || response.statusText || 'an empty answer'}`);
  }
}

function overSocket(params: FetcherParams, operation: OperationDefinitionNode): SyncExecutionResult {
  type Sink = {
    next: (answer: ExecutionResult) => void;
    complete: () => void;
  };
  return {
    subscribe(sink: Sink) {
      const unsubscribe = socket.subscribe(
        { query: params.query, operationName: params.operationName, variables: params.variables as Record<string, unknown> },
        {
          next: (answer) => {
            take(answer, operation);
            sink.next(answer as ExecutionResult);
          },
          error: (cause) => {
            if (Array.isArray(cause)) sink.next({ errors: cause });
            else if (isClose(cause)) sink.next(problem(`The socket was closed: ${cause.code} ${cause.reason}`.trim()));
            else sink.next(problem(cause instanceof Error ? cause.message : 'The socket cannot be opened'));
            sink.complete();
          },
          complete: () => sink.complete(),
        },
      );
      return { unsubscribe };
    },
  } as unknown as SyncExecutionResult;
}

export const fetcher: Fetcher = async (params, options) => {
  const { variables, missing } = fill(params.variables, getSession().remembered);
  if (missing.length > 0) return unknownPlaceholders(missing) as unknown as ExecutionResult;
  const operation = operationOf(params);
  const request: FetcherParams = {
    query: params.query,
    operationName: operation ? operation.name?.value : params.operationName,
    variables,
  };
  if (operation?.operation === OperationTypeNode.SUBSCRIPTION) return overSocket(request, operation);
  const answer = await overHttp(request, options?.headers);
  if (params.operationName !== 'IntrospectionQuery') take(answer, operation);
  return answer;
};

// Opens examples in GraphiQL's tabs.

import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import type { Example } from './examples';
import { getLayout, showExamples, showView } from './layout';

type Opener = {
  /** The operation whose tab is open. */
  current: string | undefined;
  /** Whether the open tab is that of the example, but not as it came. */
  isEdited: (example: Example) => boolean;
  /** Shows the tab of an example, which it makes when there is none. */
  open: (example: Example) => void;
  /** Puts an example into the open tab as it came. */
  restore: (example: Example) => void;
};

export function useOpener(): Opener {
  const { addTab, changeTab, setOperationName, setVisiblePlugin, updateActiveTabValues } = useGraphiQLActions();
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'queryEditor', 'variableEditor'),
  );
  const active = tabs[activeTabIndex];

  function restore({ query, variables, operation }: Example): void {
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
    // The editors tell the tab only after a moment, and until then the next tab would take it for the last operation.
    updateActiveTabValues({ query, variables });
    setOperationName(operation);
  }

  return {
    current: active?.title,
    isEdited: (example) =>
      active?.title === example.operation &&
      ((active.query ?? '').trimEnd() !== example.query || (active.variables ?? '').trimEnd() !== example.variables),
    open: (example) => {
      const index = tabs.findIndex((tab) => tab.title === example.operation);
      if (index === -1) {
        if (queryEditor?.getValue().trim()) addTab();
        restore(example);
      } else if (index !== activeTabIndex) {
        changeTab(index);
        setOperationName(example.operation);
      }
      showView('operation');
      if (!getLayout().docked) showExamples(false);
      // There a panel lies over the editor.
      if (getLayout().narrow) setVisiblePlugin(null);
    },
    restore,
  };
}

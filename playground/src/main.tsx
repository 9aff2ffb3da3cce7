import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import '@graphiql/plugin-explorer/style.css';
import './style.css';
import './workers';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { examples } from './examples';
import { ExamplesPanel } from './ExamplesPanel';
import { fetcher } from './fetcher';
import { getLayout, useLayout } from './layout';
import { Effects, SessionHead, TokenOffer } from './Session';
import { DOCS_PLUGIN } from './DocsPanel';
import { prepareTabs, storage } from './storage';
import { TOKEN_PLUGIN } from './TokenPanel';

const start = prepareTabs(getLayout().narrow);
const first = examples.slice(0, 1).map(({ query, variables }) => ({ query, variables, headers: '' }));
const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false }), TOKEN_PLUGIN];

function App() {
  const { view } = useLayout();
  return (
    // The class gives the examples the colors and fonts of GraphiQL, which lies in it.
    <div className="graphiql-container cw-app">
      <GraphiQL
        className={`cw-view-${view}`}
        fetcher={fetcher}
        storage={storage}
        plugins={plugins}
        referencePlugin={DOCS_PLUGIN}
        defaultTabs={first}
        initialQuery={start.fresh ? first[0]?.query : start.query}
        initialVariables={start.fresh ? first[0]?.variables : start.variables}
        defaultQuery=""
        defaultEditorToolsVisibility="variables"
        shouldPersistHeaders={false}
        inputValueDeprecation
      >
        <GraphiQL.Logo>
          <SessionHead />
        </GraphiQL.Logo>
        <GraphiQL.Footer>
          <TokenOffer />
        </GraphiQL.Footer>
        <ExamplesPanel />
        <Effects />
      </GraphiQL>
    </div>
  );
}

createRoot(document.getElementById('root')!).render(<App />);

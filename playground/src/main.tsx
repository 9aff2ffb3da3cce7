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
import { fetcher } from './fetcher';
import { prepareTabs, storage } from './storage';
import { TOKEN_PLUGIN } from './TokenPanel';

const start = prepareTabs();
const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false }), TOKEN_PLUGIN];

createRoot(document.getElementById('root')!).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    plugins={plugins}
    visiblePlugin={start.fresh ? TOKEN_PLUGIN.title : undefined}
    defaultTabs={examples}
    initialQuery={start.fresh ? examples[0]?.query : start.query}
    initialVariables={start.fresh ? examples[0]?.variables : start.variables}
    defaultQuery=""
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={false}
    inputValueDeprecation
  >
    <GraphiQL.Logo>
      <span className="cw-logo">
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width="20" height="20" />
        Cartwright
      </span>
    </GraphiQL.Logo>
  </GraphiQL>,
);

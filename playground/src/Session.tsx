// The parts around GraphiQL's editors: the head of the session, the offers of tokens below the result, and what follows
// from a run or from another width of the screen.

import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef, useState } from 'react';
import { ExamplesButton } from './ExamplesPanel';
import { getLayout, showView, useLayout, type View } from './layout';
import { updateSession, useSession } from './session';

const VIEWS: readonly (readonly [View, string])[] = [
  ['operation', 'Operation'],
  ['result', 'Result'],
];

export function SessionHead() {
  const { view } = useLayout();
  return (
    <>
      <ExamplesButton />
      <span className="cw-logo">
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width="20" height="20" />
        Cartwright
      </span>
      <div className="cw-views" role="group" aria-label="View">
        {VIEWS.map(([name, label]) => (
          <button key={name} type="button" aria-pressed={view === name} onClick={() => showView(name)}>
            {label}
          </button>
        ))}
      </div>
    </>
  );
}

/** Offers the token that a login returned, where its answer is, since the Token panel may be closed. */
export function TokenOffer() {
  const { token, offers } = useSession();
  const [dismissed, setDismissed] = useState('');
  const offer = offers[0];
  if (!offer || offer.token === token || offer.token === dismissed) return null;
  return (
    <div className="cw-offer" role="status">
      <span>
        <code>{offer.field}</code> returned a token.
      </span>
      <button
        type="button"
        className="graphiql-button graphiql-button-success"
        onClick={() => updateSession({ token: offer.token, tokenFrom: offer.field })}
      >
        Use this token
      </button>
      <button type="button" className="graphiql-button" onClick={() => setDismissed(offer.token)}>
        Not now
      </button>
    </div>
  );
}

/** Renders nothing. */
export function Effects() {
  const { introspect, setVisiblePlugin } = useGraphiQLActions();
  const { queryEditor, variableEditor, headerEditor, responseEditor, isFetching, activeTabIndex } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'headerEditor', 'responseEditor', 'isFetching', 'activeTabIndex'),
  );
  const { narrow } = useLayout();
  const { token } = useSession();

  useEffect(() => {
    for (const editor of [queryEditor, variableEditor, headerEditor]) {
      editor?.updateOptions({
        wordWrap: 'on',
        // The second line of a comment begins below the first word of it.
        wrappingIndent: 'indent',
        fontSize: narrow ? 13 : 15,
        lineNumbers: narrow ? 'off' : 'on',
        folding: !narrow,
      });
    }
    responseEditor?.updateOptions({ fontSize: narrow ? 13 : 15, folding: !narrow });
  }, [queryEditor, variableEditor, headerEditor, responseEditor, narrow]);

  useEffect(() => {
    if (!isFetching) return;
    showView('result');
    if (getLayout().narrow) setVisiblePlugin(null);
  }, [isFetching, setVisiblePlugin]);

  useEffect(() => {
    document.getElementById(`graphiql-session-tab-${activeTabIndex}`)?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [activeTabIndex]);

  // Staff see more of the schema than shoppers do.
  const asked = useRef(token);
  useEffect(() => {
    if (asked.current === token) return;
    asked.current = token;
    void introspect();
  }, [token, introspect]);

  return null;
}

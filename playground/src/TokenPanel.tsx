import type { GraphiQLPlugin } from '@graphiql/react';
import { useState } from 'react';
import { updateSession, useSession } from './session';

const bare = (text: string): string => text.trim().replace(/^Bearer\s+/i, '');

function Setting(props: { id: string; label: string; value: string; note?: string; onSet: (value: string) => void }) {
  const { id, label, value, note, onSet } = props;
  const [draft, setDraft] = useState(value);
  const [shown, setShown] = useState(value);
  if (shown !== value) {
    // Another part of the panel changed it.
    setShown(value);
    setDraft(value);
  }
  return (
    <form
      className="cw-setting"
      onSubmit={(event) => {
        event.preventDefault();
        setDraft(bare(draft));
        onSet(bare(draft));
      }}
    >
      <label htmlFor={id}>{label}</label>
      <div className="cw-row">
        <input
          id={id}
          value={draft}
          autoComplete="off"
          spellCheck={false}
          placeholder="none"
          onChange={(event) => setDraft(event.target.value)}
        />
        <button type="submit" className="graphiql-button" disabled={bare(draft) === value}>
          Set
        </button>
        <button type="button" className="graphiql-button" disabled={!value && !draft} onClick={() => (setDraft(''), onSet(''))}>
          Clear
        </button>
      </div>
      {note && <p className="cw-note">{note}</p>}
    </form>
  );
}

function TokenPanel() {
  const { token, tokenFrom, publishableKey, offers, remembered } = useSession();
  const names = Object.keys(remembered).sort();
  return (
    <section className="cw-panel" aria-label="Token">
      <h2>Token</h2>
      {offers.length > 0 && (
        <ul className="cw-offers">
          {offers.map((offer) => (
            <li key={offer.field}>
              <span>
                From <code>{offer.field}</code>
              </span>
              {offer.token === token ? (
                <span className="cw-note">in use</span>
              ) : (
                <button
                  type="button"
                  className="graphiql-button graphiql-button-success"
                  onClick={() => updateSession({ token: offer.token, tokenFrom: offer.field })}
                >
                  Use this token
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      <Setting
        id="cw-token"
        label="Bearer token"
        value={token}
        note={token && tokenFrom ? `Given by ${tokenFrom}.` : undefined}
        onSet={(value) => updateSession({ token: value, tokenFrom: '' })}
      />
      <Setting
        id="cw-key"
        label="Publishable key (optional)"
        value={publishableKey}
        onSet={(value) => updateSession({ publishableKey: value })}
      />
      <p className="cw-note">
        Sent as <code>Authorization</code> and <code>X-Publishable-Key</code> with every request, and when a subscription
        connects. Both are forgotten when this browser tab is closed.
      </p>

      <h3>Remembered ids</h3>
      {names.length === 0 ? (
        <p className="cw-note">
          Nothing yet. Run an operation: the ids it answers can be used in variables, such as <code>{'"{{cart}}"'}</code>.
        </p>
      ) : (
        <>
          <dl className="cw-remembered">
            {names.map((name) => (
              <div key={name}>
                <dt>
                  <code>{`{{${name}}}`}</code>
                </dt>
                <dd title={remembered[name]}>{remembered[name]}</dd>
              </div>
            ))}
          </dl>
          <button type="button" className="graphiql-button" onClick={() => updateSession({ remembered: {}, offers: [] })}>
            Forget them
          </button>
        </>
      )}
    </section>
  );
}

function KeyIcon() {
  const { token, offers } = useSession();
  const waiting = offers.some((offer) => offer.token !== token);
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
      <circle cx="8" cy="15.5" r="4.5" fill={token ? 'currentColor' : 'none'} />
      <path d="M11.5 12 20 3.5M16 7.5l3 3M13.5 10l2 2" />
      {waiting && !token && <circle cx="20" cy="19" r="3.5" stroke="none" className="cw-dot" />}
    </svg>
  );
}

export const TOKEN_PLUGIN: GraphiQLPlugin = { title: 'Token', icon: KeyIcon, content: TokenPanel };

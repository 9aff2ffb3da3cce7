import { useEffect, useRef, useState } from 'react';
import { groups, groupsOf, search, type Example } from './examples';
import { showExamples, useLayout } from './layout';
import { useOpener } from './open';
import { closeTabs } from './storage';

export function ExamplesButton() {
  const { examples } = useLayout();
  return (
    <button
      type="button"
      className="cw-examples-button"
      aria-expanded={examples}
      aria-controls="cw-examples"
      onClick={() => showExamples(!examples)}
    >
      <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
        <path d="M4 6h.01M4 12h.01M4 18h.01M8.5 6H20M8.5 12H20M8.5 18H20" />
      </svg>
      Examples
    </button>
  );
}

/** The examples in their groups, with a search over them. */
export function ExamplesPanel() {
  const { docked, examples: shown } = useLayout();
  const { current, isEdited, open, restore } = useOpener();
  const [text, setText] = useState('');
  const [opened, setOpened] = useState<ReadonlySet<string>>(() => {
    const group = groups.find(({ examples }) => examples.some(({ operation }) => operation === current)) ?? groups[0];
    return new Set(group && [group.title]);
  });
  const input = useRef<HTMLInputElement>(null);
  const panel = useRef<HTMLElement>(null);
  const found = search(text);
  const searching = text.trim() !== '';

  function choose(example: Example): void {
    // After a search the list still shows what is open.
    setOpened(new Set([...opened, ...groupsOf(example)]));
    open(example);
  }

  useEffect(() => {
    if (docked || !shown) return;
    // On a touch screen the keyboard would cover the list.
    (matchMedia('(pointer: fine)').matches ? input : panel).current?.focus();
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') showExamples(false);
    };
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  }, [docked, shown]);

  const row = (example: Example) => (
    <li key={example.name} className={example.operation === current ? 'cw-current' : undefined}>
      <button
        type="button"
        className="cw-example"
        title={example.summary}
        aria-current={example.operation === current || undefined}
        onClick={() => choose(example)}
      >
        <span className="cw-example-title">
          {example.title}
          {example.token && <span className={`cw-token cw-token-${example.token}`}>{example.token}</span>}
        </span>
        <span className="cw-note">{example.summary.replaceAll('`', '')}</span>
      </button>
      {isEdited(example) && (
        <button type="button" className="cw-link" onClick={() => restore(example)}>
          Restore the original
        </button>
      )}
    </li>
  );

  return (
    <>
      {shown && !docked && <div className="cw-backdrop" onClick={() => showExamples(false)} />}
      <aside
        ref={panel}
        id="cw-examples"
        className="cw-panel cw-examples"
        aria-label="Examples"
        tabIndex={-1}
        hidden={!shown}
      >
        <header>
          <h2>Examples</h2>
          <button type="button" className="cw-close" aria-label="Close examples" onClick={() => showExamples(false)}>
            ×
          </button>
        </header>
        <form
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            const first = found[0]?.examples[0];
            if (searching && first) choose(first);
          }}
        >
          <input
            ref={input}
            type="search"
            value={text}
            placeholder="Search examples"
            aria-label="Search examples by title, operation, or text"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        </form>
        <div className="cw-groups">
          {!searching && (
            <p className="cw-note">
              Run the examples of a group from top to bottom: later ones use what earlier ones return. Those marked{' '}
              <span className="cw-token cw-token-staff">staff</span> or{' '}
              <span className="cw-token cw-token-customer">customer</span> need the token of a login.
            </p>
          )}
          {found.length === 0 && <p className="cw-note">No example matches.</p>}
          {found.map(({ title, examples }) => (
            <details key={title} open={searching || opened.has(title)}>
              <summary
                onClick={(event) => {
                  // React holds what is open, so that a search can open all and give back what was.
                  event.preventDefault();
                  if (searching) return;
                  const next = new Set(opened);
                  if (!next.delete(title)) next.add(title);
                  setOpened(next);
                }}
              >
                {title}
                <span className="cw-count">{examples.length}</span>
              </summary>
              <ul>{examples.map(row)}</ul>
            </details>
          ))}
        </div>
        <footer>
          <button type="button" className="cw-link" onClick={closeTabs}>
            Close all tabs
          </button>
        </footer>
      </aside>
    </>
  );
}

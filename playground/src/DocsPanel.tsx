import { DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer';
import { useGraphiQL } from '@graphiql/react';
import { examples } from './examples';
import { useOpener } from './open';

const login = examples.find((example) => example.operation === 'StaffLogin');

/** Introspection shows what the caller may use, so without this nobody who reads the docs would know of the rest. */
function StaffNote() {
  const schema = useGraphiQL((state) => state.schema);
  const { open } = useOpener();
  if (!schema || schema.getMutationType()?.getFields()['productCreate']) return null;
  return (
    <p className="cw-hint">
      These are the fields for shoppers. The fields for staff appear here after you log in as staff.{' '}
      {login && (
        <button type="button" className="cw-link" onClick={() => open(login)}>
          Open the Staff login example
        </button>
      )}
    </p>
  );
}

const { content: Docs } = DOC_EXPLORER_PLUGIN;

function DocsWithNote() {
  return (
    <>
      <StaffNote />
      <Docs />
    </>
  );
}

/** GraphiQL gives the docs their store only when their plugin is this very object, so it cannot be a copy. */
export const DOCS_PLUGIN = Object.assign(DOC_EXPLORER_PLUGIN, { content: DocsWithNote });

/** The configuration of a typical TypeScript storefront: the client preset, with types for the custom scalars. */
export default {
  schema: '../../schema.graphql',
  documents: ['../../playground/operations/*.graphql'],
  generates: {
    'generated/': {
      preset: 'client',
      config: {
        // Without this, a new scalar would silently be `any`.
        strictScalars: true,
        scalars: {
          DateTime: 'string',
          Decimal: { input: 'string | number', output: 'string' },
          JSON: { input: 'unknown', output: 'unknown' },
        },
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
  },
};

// Assertions about the generated types. This file is compiled, not run: a violation is a compile error.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

import type {
  BrowseProductsQuery,
  CartCompleteMutation,
  CartUpdatedSubscription,
  Scalars,
} from './generated/graphql';

/** Runs an operation. Only its types matter. */
export declare function run<Result, Variables>(document: TypedDocumentNode<Result, Variables>, variables: Variables): Result;

/** Whether two types are identical. `any` is identical only to itself. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function holds<_Claim extends true>(): void;

holds<Same<Scalars['DateTime'], { input: string; output: string }>>();
holds<Same<Scalars['Decimal'], { input: string | number; output: string }>>();
holds<Same<Scalars['JSON'], { input: unknown; output: unknown }>>();

type Listed = BrowseProductsQuery['products']['nodes'][number];
holds<Same<Listed['id'], string>>();
holds<Same<Listed['availableForSale'], boolean>>();
holds<Same<NonNullable<Listed['priceRange']>['min']['amount'], string>>();
holds<Same<BrowseProductsQuery['products']['pageInfo']['endCursor'], string | null | undefined>>();
holds<Same<CartUpdatedSubscription['cartUpdated']['version'], number>>();
holds<Same<CartCompleteMutation['cartComplete']['userErrors'][number]['message'], string>>();

declare const page: BrowseProductsQuery;
// @ts-expect-error A page may be empty.
void page.products.nodes[0].id;
// @ts-expect-error Only selected fields exist.
void page.products.nodes.map((product) => product.description);
declare const done: CartCompleteMutation;
// @ts-expect-error A rejected cart has no order.
void done.cartComplete.order.id;

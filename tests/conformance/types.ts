// What the generated types have to say. It is compiled, not run: whatever does not hold is an error of the compiler.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

import type {
  BrowseProductsQuery,
  CartCompleteMutation,
  CartUpdatedSubscription,
  Scalars,
} from './generated/graphql';

/** Runs an operation, as far as its types go. */
export declare function run<Result, Variables>(document: TypedDocumentNode<Result, Variables>, variables: Variables): Result;

/** Whether two types are the same; `any` is the same as nothing but itself. */
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
// @ts-expect-error Only what was asked for is there.
void page.products.nodes.map((product) => product.description);
declare const done: CartCompleteMutation;
// @ts-expect-error A cart that is refused has not become an order.
void done.cartComplete.order.id;

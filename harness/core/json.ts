/** Values that survive JSON unchanged: what findings, receipts and records are made of. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

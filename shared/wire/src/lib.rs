//! The two dialects of the API: bodies, enum forms, conversions, error replies and paging tokens, and the list of
//! routes that everything else is held against. No rule of the domain lives here: a handler decodes with this crate,
//! calls a use case of `app`, and encodes with this crate.
//!
//! | module        | what it holds                                                    |
//! | ------------- | ---------------------------------------------------------------- |
//! | [`routes`]    | every route: operation, method, path, function, least role       |
//! | [`exchange`]  | what a handler takes and gives                                   |
//! | [`error`]     | error replies of both dialects                                   |
//! | [`decode`]    | lenient decoding that finds every fault at once                  |
//! | [`fit`]       | pages that stay below what a function may send                   |
//! | [`forms`]     | the forms an enum takes on the wire                              |
//! | [`campaigns`] | bodies of `/api/v1/campaigns`                                    |
//! | [`awf`]       | bodies of `/api/preview/awf`                                     |
//! | [`common`]    | callers, API keys, health                                        |
//! | [`openapi`]   | the OpenAPI document and its page                                |

pub mod awf;
pub mod campaigns;
pub mod common;
pub mod decode;
pub mod encode;
pub mod error;
pub mod exchange;
pub mod fit;
pub mod forms;
pub mod inventory;
pub mod openapi;
pub mod routes;
pub mod scim;

#[cfg(test)]
mod fixture;

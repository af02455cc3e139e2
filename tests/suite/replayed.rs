//! The documented samples, sent as they are written: what comes back is what is documented.

use blackbox::replay;

use crate::world::target;

/// One test for each conversation.
macro_rules! conversations {
    ($($test:ident: $file:literal;)*) => {
        $(
            #[test]
            fn $test() {
                replay(target(), include_str!(concat!("../samples/", $file)));
            }
        )*
    };
}

conversations! {
    a_campaign_from_its_creation_to_its_end: "campaigns.json";
    the_query_builder: "queries.json";
    rules_and_policies_of_a_campaign: "rules.json";
    the_run_history: "run_history.json";
    a_review_row_by_row: "reviews.json";
    delegations_and_the_deny_list: "people.json";
    automations_and_what_they_are_attached_to: "automations.json";
    quick_filters_and_smart_actions: "prepared.json";
    help_pages: "help_pages.json";
}

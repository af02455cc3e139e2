//! The documented samples of settings, sent as they are written.

use blackbox::replay;

use crate::alone::Alone;
use crate::world::target;

#[test]
fn every_setting_takes_its_sample_and_falls_back_to_what_is_built_in() {
    let _alone = Alone::new();
    replay(target(), include_str!("../samples/settings.json"));
}

//! Samples of campaign rules.

use insta::assert_json_snapshot;

use crate::scene::Scene;

#[tokio::test]
async fn a_rule_is_created() {
    let scene = Scene::after(&[]).await;
    let answer = scene.handled("rules-create.json").await;
    assert_json_snapshot!(answer);
}

#[tokio::test]
async fn a_rule_whose_condition_breaks_off_is_refused_with_the_place() {
    let scene = Scene::after(&[]).await;
    let answer = scene.refused("rules-create-with-bad-condition.json").await;
    assert_json_snapshot!(answer);
}

//! What is left of a campaign that was deleted after its end.

use super::*;

#[test]
fn a_campaign_that_was_deleted_after_its_end_stays_evidence_for_all_but_reviewers_and_is_in_no_list() {
    engine::simulate(1, async {
        let stand = stocked().await;
        let (deps, id) = (&stand.deps, stand.start_campaign().await);
        stand.drain().await;
        let rows = async |call: &Call, dialect| {
            let input = review::ListInput {
                filter: review::RowFilter::default(),
                order: Vec::new(),
                start: review::Start::First,
                backwards: false,
                limit: 500,
                with_log: false,
            };
            review::list(deps, call, id, dialect, input).await.map(|page| page.items)
        };
        let before = rows(&stand.call(), Dialect::Campaign).await.unwrap();
        let account = before[0].frozen.text("source.id").unwrap().to_owned();
        complete(deps, &stand.call(), id).await.unwrap();
        let ended = get(deps, &stand.call(), id).await.unwrap();
        delete(deps, &stand.call(), id).await.unwrap();
        for role in [Role::Administrator, Role::Operator, Role::Auditor] {
            let mut call = stand.call();
            call.caller.role = role;
            let kept = get(deps, &call, id).await.unwrap();
            assert_eq!((kept.total, kept.counts), (ended.total, ended.counts), "{role:?}");
            assert!(kept.campaign.deleted_at.is_some() && kept.campaign.status == CampaignStatus::Completed);
            for dialect in [Dialect::Campaign, Dialect::Certification] {
                assert_eq!(rows(&call, dialect).await.unwrap().len(), before.len(), "{role:?}");
            }
            assert_eq!(review::counts(deps, &call, id).await.unwrap().total, ended.total);
            assert_eq!(review::get_account(deps, &call, id, &account).await.unwrap().row, before[0].row);
            assert_eq!(certification::get(deps, &call, id).await.unwrap().total, ended.total);
        }
        let mut reviewer = stand.call();
        reviewer.caller.role = Role::Reviewer;
        assert!(matches!(get(deps, &reviewer, id).await, Err(Error::NotFound(_))));
        assert!(matches!(rows(&reviewer, Dialect::Campaign).await, Err(Error::NotFound(_))));
        let all = ListInput { status: None, kind: None, limit: 50, after: None };
        assert!(list(deps, &stand.call(), all).await.unwrap().items.is_empty());
        // It is read, and changed by nobody any more.
        let decision = review::DecideInput { verdict: domain::decide::Verdict::Approved, comment: None };
        let decided = review::decide(deps, &stand.call(), id, &account, decision).await;
        assert!(matches!(decided, Err(Error::NotFound(_))), "{decided:?}");
        assert!(matches!(complete(deps, &stand.call(), id).await, Err(Error::NotFound(_))));
        let dates = TemplateInput {
            name: Some("Again".to_owned()),
            start_date: Some(at("2026-07-02")),
            end_date: Some(at("2026-08-01")),
        };
        let again = from_template(deps, &stand.call(), id, dates).await.unwrap();
        assert_eq!(again.campaign.template_id, Some(id));
    });
}

use domain::automation::attachment::{Attachment, Attachments};
use domain::automation::{
    Action, AttachmentBehavior, Automation, Color, Content, Criteria, Display, DisplayStyle, Modification,
};
use domain::ids::{AutomationId, WorkflowId};
use domain::row::Decision;

use super::aggregates::workflow;
use super::{World, command_id, now, run, uuid, world};
use crate::{Error, Store};

pub(super) fn automation(n: u128, name: &str) -> Automation {
    let modification =
        Modification { decision: Some(Decision::Rejected), signed_off: Some(true), notes: Some("left".to_owned()) };
    Automation {
        id: AutomationId::new(uuid(n)),
        content: Content {
            name: name.to_owned(),
            description: "why".to_owned(),
            priority: -3,
            attachment: AttachmentBehavior { attach_to_new_workflows: true, opt_in: true },
            criteria: Criteria {
                filter: "source.suspended eq true".to_owned(),
                mutable_filter: "previous.notes pr".to_owned(),
            },
            action: Action::Modify(modification),
        },
        version: 1,
    }
}

/// One that marks rows.
pub(super) fn marking(n: u128, name: &str) -> Automation {
    let display = Display { style: DisplayStyle::Highlight, text: "look".to_owned(), color: Color::new("#FFb020") };
    let content = Content { action: Action::Display(display), ..automation(n, name).content };
    Automation { content, ..automation(n, name) }
}

/// Makes automations, as the use case does.
pub(super) async fn make(store: &Store, command: u128, made: &[Automation]) -> Result<(), Error> {
    let roster = store.automations().roster().await?;
    let mut next = roster.value;
    let mut tx = store.write(command_id(command), now());
    for automation in made {
        next.enrol(automation, roster.version + 1).unwrap();
        tx.insert_automation(automation)?;
    }
    tx.put_roster(&next, roster.version)?;
    tx.commit().await.map(|_| ())
}

async fn attach(world: &World, n: u128, to: &WorkflowId, set: &[(AutomationId, Option<bool>)]) -> Result<(), Error> {
    let (roster, attachments) = world.store.automations().of_workflow(to).await?;
    let mut next = attachments.value;
    set.iter().for_each(|(id, opt_in)| next.set(*id, *opt_in, roster.version));
    let mut tx = world.store.write(command_id(n), now());
    tx.put_attachments(to, &next, attachments.version)?;
    tx.commit().await.map(|_| ())
}

#[test]
fn an_automation_is_read_as_it_was_written_and_so_is_each_of_its_versions() {
    run(async {
        let world = world();
        let [one, two] = [automation(1, "b"), marking(2, "a")];
        make(&world.store, 1, &[one.clone(), two.clone()]).await.unwrap();
        let automations = world.store.automations();
        assert_eq!(automations.get(&one.id).await.unwrap().unwrap().value, one);
        assert_eq!(automations.get(&two.id).await.unwrap().unwrap().value, two);

        let next = one.replaced(marking(1, "c").content);
        let mut tx = world.store.write(command_id(2), now());
        tx.update_automation(&next, 1).unwrap();
        let _ = tx.commit().await.unwrap();
        let held = automations.get_many(&[one.id, two.id]).await.unwrap();
        assert_eq!(held, [two.clone(), next.clone()], "by name");

        let mut tx = world.store.write(command_id(3), now());
        tx.delete_automation(&next, 2).unwrap();
        let _ = tx.commit().await.unwrap();
        assert_eq!(automations.get(&one.id).await.unwrap(), None);
        let pinned = [(one.id, 2), (two.id, 1), (one.id, 1)];
        assert_eq!(automations.versions(&pinned).await.unwrap(), [two, one.clone(), next]);
        let unknown = automations.versions(&[(one.id, 3)]).await;
        assert!(matches!(unknown, Err(Error::Corrupt { .. })), "{unknown:?}");
    });
}

#[test]
fn a_workflow_has_what_is_said_of_all_and_what_is_said_of_it() {
    run(async {
        let world = world();
        let everywhere = automation(1, "everywhere");
        let mut by_hand = automation(2, "by hand");
        by_hand.content.attachment = AttachmentBehavior::default();
        make(&world.store, 1, &[everywhere.clone(), by_hand.clone()]).await.unwrap();
        let mut tx = world.store.write(command_id(2), now());
        tx.insert_workflow(&workflow(900, now())).unwrap();
        let _ = tx.commit().await.unwrap();

        let id = workflow(900, now()).id;
        let of_all = Attachment { automation: everywhere.id, version: 1, opt_in: true };
        assert_eq!(world.store.automations().attached(&id).await.unwrap(), [of_all]);
        attach(&world, 3, &id, &[(by_hand.id, Some(false))]).await.unwrap();
        let own = Attachment { automation: by_hand.id, version: 1, opt_in: false };
        assert_eq!(world.store.automations().attached(&id).await.unwrap(), [of_all, own]);
        attach(&world, 4, &id, &[(everywhere.id, None)]).await.unwrap();
        assert_eq!(world.store.automations().attached(&id).await.unwrap(), [own]);
    });
}

#[test]
fn nothing_is_attached_to_a_workflow_that_was_deleted() {
    run(async {
        let world = world();
        let workflow = workflow(900, now());
        let mut tx = world.store.write(command_id(1), now());
        tx.insert_workflow(&workflow).unwrap();
        let _ = tx.commit().await.unwrap();
        make(&world.store, 2, &[automation(1, "one")]).await.unwrap();
        attach(&world, 3, &workflow.id, &[(automation(1, "one").id, Some(true))]).await.unwrap();

        let uses = world.store.workflows().uses(&workflow.id).await.unwrap();
        let (_, attachments) = world.store.automations().of_workflow(&workflow.id).await.unwrap();
        let mut tx = world.store.write(command_id(4), now());
        tx.delete_workflow(&workflow, 1, &uses).unwrap();
        tx.delete_attachments(&workflow.id, &attachments.value, attachments.version).unwrap();
        let _ = tx.commit().await.unwrap();

        let late = attach(&world, 5, &workflow.id, &[(automation(1, "one").id, Some(true))]).await;
        assert!(matches!(late, Err(Error::Conflict { .. })), "{late:?}");
        let (_, attachments) = world.store.automations().of_workflow(&workflow.id).await.unwrap();
        assert_eq!((attachments.value, attachments.version), (Attachments::default(), 0));
    });
}

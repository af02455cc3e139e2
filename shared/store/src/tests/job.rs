//! Jobs: progress that counts once, one end, and a sign of life.

use domain::ids::JobId;
use engine::Fault;

use super::{World, key, later, now, run, uuid, world};
use crate::job::{Ending, Job, JobState, Part};

fn id() -> JobId {
    JobId::new(uuid(50))
}

fn part(processed: u64, matches: u64) -> Part {
    Part { processed, matches, ..Part::default() }
}

async fn with_job() -> World {
    let world = world();
    let mut tx = world.store.write(super::command_id(1), now());
    tx.insert_job(&Job::new(id(), "materialise", "{\"review\":1}", key("ines"), now()), later(300));
    let _ = tx.commit().await.unwrap();
    world
}

#[test]
fn a_job_runs_counts_and_ends() {
    run(async {
        let world = with_job().await;
        let jobs = world.store.jobs();
        assert_eq!(jobs.get(&id()).await.unwrap().unwrap().state, JobState::Pending);
        let job = jobs.run(&id(), Some(1_000), later(1), later(301)).await.unwrap().unwrap();
        assert_eq!((job.state, job.total, job.updated_at), (JobState::Running, Some(1_000), later(1)));
        assert!(jobs.finish_range(&id(), 0, &part(512, 3), later(2), None).await.unwrap());
        assert!(jobs.finish_range(&id(), 512, &part(488, 4), later(3), None).await.unwrap());
        let ending = Ending::Completed { result: Some("{}".to_owned()), processed: None };
        assert!(jobs.end(&id(), &ending, later(4)).await.unwrap());
        let job = jobs.get(&id()).await.unwrap().unwrap();
        assert_eq!((job.state, job.processed, job.matches), (JobState::Completed, 1_000, 7));
        assert_eq!((job.result.as_deref(), job.input.as_str()), (Some("{}"), "{\"review\":1}"));
        assert_eq!(jobs.finished(&id()).await.unwrap(), [(0, part(512, 3)), (512, part(488, 4))]);
    });
}

#[test]
fn a_range_that_is_finished_twice_counts_once() {
    run(async {
        let world = with_job().await;
        let jobs = world.store.jobs();
        assert!(jobs.finish_range(&id(), 0, &part(512, 3), later(2), None).await.unwrap());
        assert!(!jobs.finish_range(&id(), 0, &part(512, 3), later(9), None).await.unwrap());
        world.engine.inject("TransactWriteItems", Fault::Lost);
        assert!(jobs.finish_range(&id(), 512, &part(10, 0), later(9), None).await.unwrap());
        assert_eq!(jobs.get(&id()).await.unwrap().unwrap().processed, 522);
    });
}

#[test]
fn a_range_is_finished_with_a_sign_of_life_once_and_not_after_the_job_was_called_off() {
    run(async {
        let world = with_job().await;
        let jobs = world.store.jobs();
        world.engine.inject("TransactWriteItems", Fault::Lost);
        assert!(jobs.finish_range(&id(), 0, &part(512, 0), later(200), Some(later(500))).await.unwrap());
        assert!(!jobs.finish_range(&id(), 0, &part(512, 0), later(201), Some(later(501))).await.unwrap());
        assert_eq!(jobs.stalled(later(499), 10).await.unwrap(), []);
        assert_eq!(jobs.stalled(later(500), 10).await.unwrap(), [id()]);
        assert!(jobs.cancel(&id()).await.unwrap());
        assert!(!jobs.finish_range(&id(), 512, &part(488, 0), later(202), Some(later(502))).await.unwrap());
        assert_eq!(jobs.finished(&id()).await.unwrap(), [(0, part(512, 0))]);
        assert_eq!(jobs.get(&id()).await.unwrap().unwrap().processed, 512);
    });
}

#[test]
fn what_has_ended_stays_as_it_is() {
    run(async {
        let world = with_job().await;
        let jobs = world.store.jobs();
        world.engine.inject("UpdateItem", Fault::Lost);
        let failed = Ending::Failed { error: "no such data source".to_owned() };
        assert!(jobs.end(&id(), &failed, later(4)).await.unwrap());
        assert!(!jobs.end(&id(), &Ending::Cancelled, later(5)).await.unwrap());
        assert!(!jobs.cancel(&id()).await.unwrap());
        assert!(!jobs.finish_range(&id(), 0, &part(1, 0), later(5), None).await.unwrap());
        assert!(jobs.run(&id(), None, later(5), later(6)).await.unwrap().is_none());
        let job = jobs.get(&id()).await.unwrap().unwrap();
        assert_eq!((job.state, job.error.as_deref()), (JobState::Failed, Some("no such data source")));
    });
}

#[test]
fn a_worker_sees_that_its_job_was_called_off() {
    run(async {
        let world = with_job().await;
        assert!(world.store.jobs().cancel(&id()).await.unwrap());
        let job = world.store.jobs().run(&id(), None, later(1), later(301)).await.unwrap().unwrap();
        assert!(job.cancel);
    });
}

#[test]
fn a_silent_job_is_found_and_one_with_a_sign_of_life_or_an_end_is_not() {
    run(async {
        let world = with_job().await;
        let jobs = world.store.jobs();
        assert_eq!(jobs.stalled(later(299), 10).await.unwrap(), []);
        assert_eq!(jobs.stalled(later(300), 10).await.unwrap(), [id()]);
        jobs.run(&id(), None, later(200), later(500)).await.unwrap();
        assert_eq!(jobs.stalled(later(499), 10).await.unwrap(), []);
        assert_eq!(jobs.stalled(later(500), 10).await.unwrap(), [id()]);
        let mut tx = world.store.write(super::command_id(2), later(501));
        tx.end_job(&id(), &Ending::Completed { result: None, processed: None });
        let _ = tx.commit().await.unwrap();
        assert_eq!(jobs.stalled(later(900), 10).await.unwrap(), []);
        assert_eq!(jobs.get(&id()).await.unwrap().unwrap().state, JobState::Completed);
    });
}

#[test]
fn an_end_that_comes_second_conflicts() {
    run(async {
        let world = with_job().await;
        world.store.jobs().end(&id(), &Ending::Cancelled, later(1)).await.unwrap();
        let mut tx = world.store.write(super::command_id(2), later(2));
        tx.end_job(&id(), &Ending::Completed { result: None, processed: None });
        assert!(tx.commit().await.unwrap_err().is_conflict());
    });
}

//! Quick filters and smart actions.

use app::{Call, Deps, Error, prepared, review};
use wire::awf::paging::tokens;
use wire::awf::{path_id, prepared as bodies, row};
use wire::exchange::{Answer, Incoming};
use wire::fit;
use wire::routes::Operation;

pub(crate) async fn dispatch(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    match incoming.operation {
        Operation::ListQuickFilters => {
            let mut input = bodies::list(&incoming.query)?;
            loop {
                let page = prepared::quick_filters(deps, call, &input).await.map_err(tokens)?;
                if let Some(answer) = fit::page(&page, bodies::encode_quick_filters, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CreateQuickFilter => {
            let made = prepared::create_quick_filter(deps, call, bodies::quick_filter(&incoming.body)?).await?;
            Ok(Answer::ok(bodies::encode_id(made)))
        }
        Operation::DeleteQuickFilter => {
            prepared::delete_quick_filter(deps, call, path_id(&incoming.path, "id")?).await?;
            Ok(Answer::done())
        }
        _ => smart_actions(deps, call, incoming).await,
    }
}

async fn smart_actions(deps: &Deps, call: &Call, incoming: &Incoming) -> Result<Answer, Error> {
    match incoming.operation {
        Operation::ListSmartActions => {
            let mut input = bodies::list(&incoming.query)?;
            loop {
                let page = prepared::smart_actions(deps, call, &input).await.map_err(tokens)?;
                if let Some(answer) = fit::page(&page, bodies::encode_smart_actions, &mut input.limit) {
                    return Ok(answer);
                }
            }
        }
        Operation::CreateSmartAction => {
            let edit = bodies::smart_action(&incoming.body)?;
            let made = prepared::create_smart_action(deps, call, edit.input.clone()).await;
            Ok(Answer::ok(bodies::encode_id(made.map_err(|error| edit.located(error))?)))
        }
        Operation::UpdateSmartAction => {
            let edit = bodies::smart_action_change(&incoming.body)?;
            let id = edit.id.ok_or_else(Error::not_found)?;
            let changed = prepared::update_smart_action(deps, call, id, edit.input.clone()).await;
            changed.map_err(|error| edit.located(error))?;
            Ok(Answer::done())
        }
        Operation::DeleteSmartAction => {
            prepared::delete_smart_action(deps, call, path_id(&incoming.path, "id")?).await?;
            Ok(Answer::done())
        }
        Operation::ApplySmartAction => {
            let id = path_id(&incoming.path, "certification_id")?;
            let (action, input) = bodies::apply(&incoming.body)?;
            let outcome = review::apply_smart_action(deps, call, id, action, input).await.map_err(tokens)?;
            Ok(Answer::ok(row::encode_bulk(&outcome)))
        }
        other => Err(crate::unserved(other)),
    }
}

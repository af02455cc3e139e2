//! In which campaigns a thing that campaigns share is in use, exactly: what its deletion is conditional on.
//!
//! One item beside the thing holds the ids of the campaigns, as a set that every assignment changes in its own
//! transaction. A deletion reads the set, looks at the campaigns, and goes through only if the set has not changed since;
//! it marks the set as gone, so that no assignment can follow it. The transaction that ends a campaign, or deletes one that
//! never started, takes it out: the set holds those that may still start or run. Of a workflow nobody lists the uses: its item only counts them.

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::CampaignId;

use crate::Store;
use crate::doc;
use crate::error::Error;
use crate::expr::Expr;
use crate::item::{self, Fields, Item};
use crate::keys::{self, Kind};
use crate::table::{Read, Write};
use crate::tx::Tx;

/// How many campaigns that have not started may use a thing that is deleted: each is checked by the transaction.
pub const MAX_WAITING: usize = 90;

/// The campaigns in which something is in use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// The campaigns, in no order.
    pub campaigns: Vec<CampaignId>,
    /// What a deletion is conditional on: 0 when nothing was ever used anywhere.
    version: u64,
}

impl Store {
    pub(crate) async fn load_uses(&self, kind: Kind, id: impl Display) -> Result<Uses, Error> {
        let item = self.table().get(&keys::uses(kind, id), Read::Consistent).await?;
        let Some(item) = item else { return Ok(Uses::default()) };
        let campaigns = match item.get("c") {
            Some(AttributeValue::Ss(ids)) => ids.iter().map(|id| parsed(&item, id)).collect::<Result<_, _>>()?,
            Some(_) | None => Vec::new(),
        };
        Ok(Uses { campaigns, version: doc::version_of(&item) })
    }
}

fn parsed(item: &Item, id: &str) -> Result<CampaignId, Error> {
    id.parse().map_err(|error| Error::corrupt(item.label(), error))
}

impl Tx<'_> {
    /// Adds that a campaign uses something from now on, or does not any more. Fails at the commit when the thing was
    /// deleted.
    pub(crate) fn note_use(&mut self, kind: Kind, id: impl Display, campaign: &CampaignId, used: bool) {
        let change = if used { "ADD #c :c, #rev :one" } else { "DELETE #c :c ADD #rev :one" };
        let expr = Expr::update(change)
            .when("attribute_not_exists(#gone)")
            .value(":c", AttributeValue::Ss(vec![campaign.to_string()]))
            .value(":one", item::number(1));
        let key = keys::uses(kind, id);
        self.plan("the uses", key.clone(), None, Write::Update(key, expr));
    }

    /// Adds that something is used once more, by what nobody lists here. Fails at the commit when the thing was deleted.
    pub(crate) fn count_use(&mut self, kind: Kind, id: impl Display) {
        let key = keys::uses(kind, id);
        if !self.is_planned(&key) {
            let expr = Expr::update("ADD #rev :one").when("attribute_not_exists(#gone)").value(":one", item::number(1));
            self.plan("the uses", key.clone(), None, Write::Update(key, expr));
        }
    }

    /// Adds that nothing can be used any more, if its uses are still those that were read, and `waiting` campaigns, which
    /// use it and have not started, still stand at these versions.
    pub(crate) fn end_uses(
        &mut self,
        kind: Kind,
        id: impl Display,
        uses: &Uses,
        waiting: impl IntoIterator<Item = (CampaignId, u64)>,
    ) {
        let key = keys::uses(kind, id);
        let condition = match uses.version {
            0 => "attribute_not_exists(#rev)",
            _ => "#rev = :rev",
        };
        let mut expr = Expr::update("SET #gone = :now").when(condition).value(":now", item::time(self.now()));
        if uses.version > 0 {
            expr = expr.value(":rev", item::number(uses.version));
        }
        self.plan("the uses", key.clone(), None, Write::Update(key, expr));
        for (campaign, version) in waiting {
            // Writes what stands: a mere check would be one more thing that functions are permitted to do.
            let expr = Expr::update("SET #rev = :rev")
                .when("#rev = :rev AND attribute_not_exists(#gone)")
                .value(":rev", item::number(version));
            let key = keys::aggregate(Kind::Campaign, campaign);
            self.plan("a campaign", key.clone(), None, Write::Update(key, expr));
        }
    }
}

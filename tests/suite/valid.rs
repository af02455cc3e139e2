//! For every operation that writes, a request that succeeds: what the sweeps over all of them vary. What it needs (a draft
//! to delete, a row to take back) is made when the request is.

mod campaigns;
mod certifications;
mod inventory;
mod people;

use std::cell::OnceCell;

use blackbox::contract::{Operation, published};
use blackbox::{Answer, Persona};
use serde_json::{Value, json};

use crate::world::{World, administrator};

/// An id that nothing has.
pub const NOBODY: &str = "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b";

/// How a request is made in a scene.
pub type Make = fn(&Scene) -> Request;

/// One request for each operation that writes.
pub fn writes() -> impl Iterator<Item = Make> {
    [campaigns::WRITES, certifications::WRITES, people::WRITES, inventory::WRITES].into_iter().flatten().copied()
}

/// One request for each operation that only reads and is for something that must be there. What names it in its query names
/// nothing there is.
pub fn reads(scene: &Scene) -> Vec<Request> {
    let [provider, source] = inventory::fed();
    let fill = |name: &str| match name {
        "id" => scene.campaign().to_owned(),
        "accountId" => scene.account(0).to_owned(),
        "certification_id" => scene.certification().to_owned(),
        "result_id" => "0".to_owned(),
        "provider_id" => provider.clone(),
        "data_source_id" => source.clone(),
        _ => NOBODY.to_owned(),
    };
    let read = |operation: &Operation| {
        let parameters = operation.path.split('{').skip(1).filter_map(|part| part.split('}').next());
        let values: Vec<String> = parameters.map(fill).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        Request::making(operation.described["operationId"].as_str().expect("a name"), &values)
    };
    let all = published().operations().iter().filter(|operation| operation.method == "GET").map(read);
    all.filter(|request| !request.values.is_empty()).chain(certifications::reads(scene)).collect()
}

/// An organisation, with the reviews that several requests are for.
pub struct Scene {
    pub world: World,
    campaign: OnceCell<String>,
    certification: OnceCell<String>,
}

impl Scene {
    pub fn new() -> Self {
        Self { world: World::new(24), campaign: OnceCell::new(), certification: OnceCell::new() }
    }

    /// An active campaign, the same each time.
    pub fn campaign(&self) -> &str {
        self.campaign.get_or_init(|| self.world.active())
    }

    /// A certification in progress, the same each time.
    pub fn certification(&self) -> &str {
        self.certification.get_or_init(|| self.world.certification().0)
    }

    /// An account of the organisation; each place is for one operation.
    pub fn account(&self, place: usize) -> &str {
        &self.world.accounts[place]
    }

    /// A user of the organisation as requests name one.
    fn user(&self, name: &str) -> Value {
        json!({ "user_type": "Identity", "id": format!("own-{}-{name}", self.world.word) })
    }
}

/// Makes something by a request that is no test of its own; answers its id.
fn made(path: &str, body: Value, id: &str) -> String {
    let answer = administrator().sweeping().post(path, body);
    answer.body.pointer(id).and_then(Value::as_str).unwrap_or_else(|| panic!("{path}: {}", answer.text)).to_owned()
}

/// Does something by a request that is no test of its own.
fn done(answer: &Answer) {
    assert!(answer.status < 300, "{} answered {}", answer.request, answer.text);
}

/// A request of an administrator.
#[derive(Clone)]
pub struct Request {
    pub operation: &'static Operation,
    /// Whether it is for one thing that has a version.
    pub of_one: bool,
    /// What stands for the parameters of its path, in their order.
    values: Vec<String>,
    query: String,
    pub body: Option<Value>,
    /// Where in the body ids of things stand.
    ids: &'static [&'static str],
    /// Whether its path names what it makes.
    names_its_own: bool,
}

impl Request {
    /// A change of one thing that has a version, or its end.
    pub fn of_one(operation: &str, values: &[&str]) -> Self {
        Self { of_one: true, ..Self::making(operation, values) }
    }

    /// What makes something, or is for several things at once.
    pub fn making(operation: &str, values: &[&str]) -> Self {
        let named = |known: &&Operation| known.described["operationId"] == operation;
        let operation = published().operations().iter().find(named).unwrap_or_else(|| panic!("no {operation}"));
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Self { operation, of_one: false, values, query: String::new(), body: None, ids: &[], names_its_own: false }
    }

    pub fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    fn query(self, query: String) -> Self {
        Self { query, ..self }
    }

    /// The same request, in whose body ids of things stand at these places.
    fn naming(self, ids: &'static [&'static str]) -> Self {
        Self { ids, ..self }
    }

    /// The same request, whose path names what it makes.
    fn under_a_name(self) -> Self {
        Self { names_its_own: true, ..self }
    }

    pub fn name(&self) -> &str {
        self.operation.described["operationId"].as_str().expect("a name")
    }

    fn path(&self) -> String {
        let mut values = self.values.iter();
        let parts = self.operation.path.split('{').enumerate().map(|(n, part)| match part.split_once('}') {
            Some((_, rest)) if n > 0 => format!("{}{rest}", values.next().expect("a value")),
            _ => part.to_owned(),
        });
        let path: String = parts.collect();
        format!("{path}{}", self.query)
    }

    /// Sends it.
    pub fn send(&self, who: &Persona) -> Answer {
        // A request that may have a body has one, if only an empty one.
        let empty = !["DELETE", "GET"].contains(&self.operation.method.as_str());
        let empty = empty.then(Vec::new);
        let body = self.body.as_ref().map(|body| body.to_string().into_bytes()).or(empty);
        who.sweeping().send(&self.operation.method, &self.path(), body)
    }

    /// The same request for things that are not there: as often as it names one, each time another.
    pub fn astray(&self) -> Vec<Self> {
        let places = if self.names_its_own { 0 } else { self.values.len() };
        let in_path = (0..places).map(|place| {
            let mut other = self.clone();
            let value = &mut other.values[place];
            // Rows go by numbers.
            *value = if value.parse::<u64>().is_ok() { "987654" } else { NOBODY }.to_owned();
            other
        });
        let in_body = self.ids.iter().map(|place| {
            let mut other = self.clone();
            let id = other.body.as_mut().and_then(|body| body.pointer_mut(place)).expect("an id");
            *id = json!(NOBODY);
            other
        });
        let in_query = self.query.contains(NOBODY).then(|| self.clone());
        in_path.chain(in_body).chain(in_query).collect()
    }

    /// The same request with something more to say.
    pub fn otherwise(&self) -> Self {
        let mut body = self.body.clone().unwrap_or_else(|| json!({}));
        body["beside"] = json!("the point");
        Self { body: Some(body), ..self.clone() }
    }
}

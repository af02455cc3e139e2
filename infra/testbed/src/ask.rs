//! Requests as the gateway hands them over.

use lambda_http::Request;
use serde_json::{Map, Value, json};
use wire::routes::Route;

/// A request to be made.
#[derive(Debug, Clone)]
pub struct Ask {
    method: String,
    path: String,
    role: Option<String>,
    headers: Map<String, Value>,
    body: Option<String>,
}

/// A request of an administrator.
#[must_use]
pub fn ask(method: &str, path: &str) -> Ask {
    let (method, path) = (method.to_owned(), path.to_owned());
    Ask { method, path, role: Some("administrator".to_owned()), headers: Map::new(), body: None }
}

impl Ask {
    /// A request for a route, with an id that nothing has in the place of each parameter and an empty object as body.
    #[must_use]
    pub fn of(route: &Route) -> Self {
        let mut path = route.path.to_owned();
        for name in route.parameters() {
            let id = if name == "result_id" { "0" } else { "0b7a5e1d-2c33-4c4d-9f0e-6a8f5c1e8a0b" };
            path = path.replace(&format!("{{{name}}}"), id);
        }
        let asked = ask(route.method.as_str(), &path);
        if route.method == http::Method::GET { asked } else { asked.body(&json!({})) }
    }

    /// Asked by somebody of this role.
    #[must_use]
    pub fn role(self, role: &str) -> Self {
        Self { role: Some(role.to_owned()), ..self }
    }

    /// Asked by nobody that the authorizer knows.
    #[must_use]
    pub fn anonymous(self) -> Self {
        Self { role: None, ..self }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn body(self, body: &Value) -> Self {
        Self { body: Some(body.to_string()), ..self }
    }

    /// The request.
    ///
    /// # Panics
    /// When method or path are not valid.
    #[must_use]
    pub fn request(&self) -> Request {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let authorizer = self.role.as_ref().map(|role| {
            json!({ "lambda": {
                "user_type": "localCookieUser", "user_id": "ann", "email": "ann@corp.example", "name": "Ann", "role": role,
                "key_id": "key-1",
            } })
        });
        let http = json!({
            "method": self.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "",
        });
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": self.headers,
            "requestContext": {
                "accountId": "0", "apiId": "a", "domainName": "api.example", "stage": "$default", "requestId": "r",
                "routeKey": "$default", "timeEpoch": 0, "authorizer": authorizer, "http": http,
            },
            "body": self.body, "isBase64Encoded": false,
        });
        lambda_http::request::from_str(&event.to_string()).expect("an event of the gateway")
    }
}

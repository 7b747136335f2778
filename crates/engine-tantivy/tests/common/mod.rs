//! An engine behind a little gateway: requests are classified, worked out and decided as in the server, then carried
//! out. What is refused is told as an error, not spliced.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "each test uses a part of it, and may fail in it"
)]

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};
use keyward_engine::{CallItem, DataCall, Engine};
use keyward_engine_tantivy::{EngineConfig, TantivyEngine};
use keyward_rest::classify::{Call, classify};
use keyward_rest::error::ElasticError;
use keyward_rest::reply::{Payload, Reply};
use keyward_rest::requirements::{Item, NameRole, Needed, Requirements, When, requirements};
use keyward_security::action::Action;
use keyward_security::authentication::{Authentication, RealmRef};
use keyward_security::decide::{Asker, Denial, NotPermitted, Permit, Permitted, decide, decide_item};
use keyward_security::index_names::IndexNames;
use keyward_security::request::{ActionRequest, IndicesOptions, RequestedNames, TargetTraits};
use keyward_security::role::descriptor::{DescriptorContext, RoleDescriptors};
use keyward_security::role::{Role, superuser_role};
use keyward_security::time::Timestamp;
use keyward_security::{reserved, resolve_aliases};
use keyward_xcontent::{Limits, parse};
use serde_json::Value;

/// The moment of every request.
pub(crate) const NOW: i64 = 1_700_000_000_123;

/// An engine in a directory.
pub(crate) struct Node {
    pub(crate) engine: TantivyEngine,
    pub(crate) role: Role,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) reply: Option<Reply>,
}

impl Node {
    /// Everything is allowed.
    pub(crate) fn open(directory: &Path) -> Self {
        Self::open_with(directory, EngineConfig::default())
    }

    pub(crate) fn open_with(directory: &Path, config: EngineConfig) -> Self {
        let engine = TantivyEngine::open(directory, config).unwrap();
        Self { engine, role: superuser_role().clone() }
    }

    /// Only what the role descriptors (JSON, as in a request) allow.
    pub(crate) fn restrict(&mut self, descriptors: &str) {
        let value = parse(descriptors.as_bytes(), Limits::default()).unwrap();
        let descriptors = RoleDescriptors::parse(&value, DescriptorContext::ApiKey).unwrap();
        self.role = Role::compile(&descriptors, &Default::default()).unwrap();
    }

    /// Carries out `"PUT /index/_doc/1?refresh"` with a body.
    pub(crate) async fn call(&self, line: &str, body: impl AsRef<[u8]>) -> Answer {
        match self.try_call(line, body.as_ref()).await {
            Ok(reply) => answer(reply),
            Err(error) => answer(error.into()),
        }
    }

    async fn try_call(&self, line: &str, body: &[u8]) -> Result<Reply, ElasticError> {
        let (method, uri) = line.split_once(' ').unwrap();
        let (path, query) = uri.split_once('?').map_or((uri, None), |(path, query)| (path, Some(query)));
        let method: Method = method.parse().unwrap();
        let call = classify(&method, path, query).map_err(|error| match error {
            keyward_rest::classify::Unroutable::Error(error) => error,
            keyward_rest::classify::Unroutable::Options(_) => panic!("OPTIONS"),
        })?;
        let now = Timestamp::from_millis(NOW);
        let needed = requirements(&call, body, now, Limits::default())?;
        let names = self.engine.names();
        let user = reserved::reserved_user("elastic", true).unwrap();
        let who = Authentication::realm(user, RealmRef::new("reserved", "reserved"));
        let gate = Gate { asker: Asker::new(&who, &self.role), names: &names, call: &call, needed: &needed };
        let permit = gate.whole()?;
        let items = gate.items()?;
        let aliases = gate.aliases();
        assert!(self.engine.supports(call.endpoint.api), "{} is not supported", call.endpoint.api);
        let call = DataCall { call, now, items, aliases };
        Ok(self.engine.call(Permitted::new(call, permit), Bytes::copy_from_slice(body)).await?)
    }
}

struct Gate<'g> {
    asker: Asker<'g>,
    names: &'g IndexNames,
    call: &'g Call,
    needed: &'g Requirements,
}

impl Gate<'_> {
    fn applies(&self, need: &Needed) -> bool {
        need.when == When::Always || need.names.iter().any(|name| self.names.get(name).is_none())
    }

    fn whole(&self) -> Result<Permit, ElasticError> {
        let mut permit = None;
        for need in self.needed.whole.iter().filter(|need| self.applies(need)) {
            if need.role == NameRole::Alias && need.names.iter().all(|name| name.contains('*')) {
                // Patterns of aliases come down to those that may be seen.
                continue;
            }
            let request = self.request(need);
            let given = decide(self.asker, &request, self.names).permit().map_err(refused)?;
            if need.role == NameRole::Main && permit.as_ref().is_none_or(|before: &Permit| before.targets().is_empty())
            {
                permit = Some(given);
            }
        }
        permit.ok_or_else(|| ElasticError::internal("nothing was needed"))
    }

    fn request(&self, need: &Needed) -> ActionRequest {
        if need.names.is_empty() {
            return ActionRequest::plain(need.action.clone());
        }
        let wild = need.role != NameRole::Alias && !self.is_exact();
        let (options, traits) = if wild {
            (self.needed.options, TargetTraits::BROADCAST)
        } else {
            (IndicesOptions::EXPLICIT, TargetTraits::EXPLICIT)
        };
        ActionRequest::on(need.action.clone(), RequestedNames::new(&need.names, options, traits))
    }

    fn is_exact(&self) -> bool {
        let api = self.call.endpoint.api;
        self.needed.document.is_some()
            || matches!(api, "get" | "exists" | "get_source" | "exists_source" | "indices.create")
    }

    fn items(&self) -> Result<Vec<CallItem>, ElasticError> {
        self.needed.items.iter().chain(&self.needed.document).map(|item| self.item(item)).collect()
    }

    fn item(&self, item: &Item) -> Result<CallItem, ElasticError> {
        let mut permit = None;
        let on = |action: &Action, names: &[String]| {
            let request = ActionRequest::on(action.clone(), RequestedNames::explicit(names));
            decide_item(self.asker, &request, self.names).permit()
        };
        for need in item.needs.iter().filter(|need| need.when == When::Always) {
            permit = Some(on(&need.action, &need.names).map_err(refused)?);
        }
        let right = |action: &str| -> Result<(), Denial> {
            match on(&Action::new(action), item.names()) {
                Ok(_) => Ok(()),
                Err(NotPermitted::Denied(denial)) => Err(denial),
                Err(other) => panic!("{other:?}"),
            }
        };
        Ok(CallItem {
            item: item.clone(),
            permit: permit.unwrap(),
            may_create_index: right("indices:admin/auto_create"),
            may_update_mapping: right("indices:admin/mapping/auto_put"),
        })
    }

    fn aliases(&self) -> Vec<Arc<str>> {
        let mut asked: Vec<&str> = Vec::new();
        for need in self.needed.whole.iter().filter(|need| need.role == NameRole::Alias) {
            asked.extend(need.names.iter().map(String::as_str));
        }
        let action = &self.needed.whole[0].action;
        let mut aliases = resolve_aliases(self.asker.role, action, &asked, self.names);
        for name in asked {
            if !name.contains('*') && !aliases.iter().any(|alias| **alias == *name) {
                aliases.push(name.into());
            }
        }
        aliases
    }
}

fn refused(refusal: NotPermitted) -> ElasticError {
    match refusal {
        NotPermitted::NotFound(missing) => missing.into(),
        NotPermitted::Refused(refusal) => refusal.into(),
        NotPermitted::Denied(denial) => denial.into(),
    }
}

fn answer(reply: Reply) -> Answer {
    let text = match &reply.payload {
        Payload::Json(value) | Payload::Error(value) => value.to_string(),
        Payload::Raw { json } => String::from_utf8(json.to_vec()).unwrap(),
        Payload::Text(text) => text.clone(),
        Payload::Table(_) | Payload::Empty => String::new(),
    };
    let status: StatusCode = reply.status;
    Answer { status: status.as_u16(), body: serde_json::from_str(&text).unwrap_or_default(), text, reply: Some(reply) }
}

impl Answer {
    /// The kind and text of the error.
    pub(crate) fn error(&self) -> (&str, &str) {
        let error = &self.body["error"];
        (error["type"].as_str().unwrap_or_default(), error["reason"].as_str().unwrap_or_default())
    }

    /// The rows of a table, each cell as text.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let Some(Reply { payload: Payload::Table(table), .. }) = &self.reply else { panic!("no table: {self:?}") };
        let cell = |cell: &keyward_rest::render::table::Cell| match cell {
            keyward_rest::render::table::Cell::Text(text) => text.clone(),
            keyward_rest::render::table::Cell::Number(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        table.rows.iter().map(|row| row.iter().map(cell).collect()).collect()
    }
}

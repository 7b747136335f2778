//! Random roles, names and requests: small pools, so that they meet.

use keyward_security::action::Action;
use keyward_security::authentication::{Authentication, Subject};
use keyward_security::privilege::Detail;
use keyward_security::request::{ActionRequest, Content, IndicesOptions, RequestedNames, TargetTraits, Targets};
use keyward_security::role::descriptor::{DescriptorContext, RoleDescriptors};
use keyward_xcontent::{Limits, parse};
use serde_json::{Map, Value, json};

use crate::common::{as_key, as_user, bob, native, user};
use crate::reference::world::{Kind, Known, World};

const ROLE_NAMES: &[&str] = &[
    "*",
    "logs-*",
    "logs-a1",
    "logs",
    "logs-a?",
    "/logs-[a-z][0-9]/",
    "/~(([.]|ilm-history-).*)/",
    "ds-web",
    "ds-*",
    ".ds-ds-web-*",
    ".security-7",
    ".sec*",
    ".hid*",
    "metrics-1",
    "met*",
    "nope",
    r"logs\-a1",
    "new-*",
    "*-1",
    "/(logs|metrics)-.*&.*1/",
    "/@hid@/",
    "al*",
    ".*",
    r"logs\-*",
    "?ogs*",
];

const PRIVILEGES: &[&str] = &[
    "read",
    "read",
    "read",
    "write",
    "create_doc",
    "create",
    "index",
    "delete",
    "all",
    "manage",
    "monitor",
    "none",
    "view_index_metadata",
    "read_failure_store",
    "manage_failure_store",
    "auto_configure",
    "create_index",
    "delete_index",
    "maintenance",
    "read_cross_cluster",
    "indices:data/read/get",
    "indices:data/read/*",
    "indices:admin/aliases",
    "Read",
    "internal:transport/proxy/indices:data/read/*",
    "indices:*",
];

const CLUSTER: &[&str] = &[
    "all",
    "monitor",
    "manage",
    "manage_own_api_key",
    "manage_api_key",
    "manage_security",
    "read_security",
    "grant_api_key",
    "none",
    "cluster:monitor/nodes/",
    "cluster:*",
    "manage_index_templates",
    "cancel_task",
    "cluster:admin/xpack/security/api_key/get",
];

const INDEX_ACTIONS: &[&str] = &[
    "indices:data/read/search",
    "indices:data/read/search",
    "indices:data/read/search",
    "indices:data/read/get",
    "indices:data/read/field_caps",
    "indices:data/write/index",
    "indices:data/write/bulk",
    "indices:data/write/bulk[s]",
    "indices:data/write/index:op_type/create",
    "indices:data/write/index:op_type/index",
    "indices:data/write/update",
    "indices:data/write/delete",
    "indices:admin/mapping/put",
    "indices:admin/mapping/auto_put",
    "indices:admin/auto_create",
    "indices:admin/delete",
    "indices:admin/get",
    "indices:monitor/stats",
    "indices:monitor/settings/get",
    "indices:data/read/mget",
    "indices:data/read/mget[shard]",
    "indices:data/read/scroll",
    "indices:data/read/scroll/clear",
    "indices:data/read/async_search/submit",
    "indices:data/read/close_point_in_time",
    "indices:data/write/reindex",
    "indices:data/read/esql",
    "internal:transport/proxy/indices:data/read/search",
    "indices:admin/data_stream/lifecycle/get",
    "indices:admin/aliases",
    "indices:no/such/action",
];

const CLUSTER_ACTIONS: &[&str] = &[
    "cluster:monitor/main",
    "cluster:monitor/nodes/stats",
    "cluster:admin/settings/update",
    "indices:admin/index_template/put",
    "indices:admin/template/get",
    "cluster:admin/tasks/cancel",
    "cluster:monitor/async_search/status",
    "cluster:admin/xpack/security/user/authenticate",
    "cluster:admin/xpack/security/role/put",
    "internal:cluster/coordination/join",
    "cluster:no/such/action",
];

const EXPRESSIONS: &[&str] = &[
    "logs-a1",
    "logs-a2",
    "logs-sec",
    "logs-old",
    "logs",
    "metrics-1",
    "ds-web",
    ".hid-1",
    ".security-7",
    ".security",
    "nope",
    "new-1",
    ".ds-ds-web-1",
    ".fs-ds-web-2",
    "*",
    "_all",
    "logs*",
    "logs-a*",
    "l*1",
    "nope*",
    ".*",
    ".hid*",
    "*hid*",
    "-logs-a1",
    "-logs-a*",
    "-*",
    "ds-*",
    "alias-2",
    "al*",
    "ds-web::failures",
    "ds-web::data",
    "ds*::failures",
    "*::failures",
    "*::*",
    "ds-web::*",
    "logs::*",
    "logs-a1::failures",
    "ds-web::nonsense",
    "-*::failures",
    "logs-a1::data",
];

/// A generator that gives the same numbers for the same seed everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit as u64)).expect("it is below a usize")
    }

    /// Once in `n` times.
    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn one_of<'p>(&mut self, pool: &[&'p str]) -> &'p str {
        pool[self.below(pool.len())]
    }

    fn some_of<'p>(&mut self, pool: &[&'p str], least: usize, most: usize) -> Vec<&'p str> {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| self.one_of(pool)).collect()
    }

    pub(crate) fn subject(&mut self) -> Authentication {
        if self.once_in(3) { as_user(&[]) } else { as_key("K1") }
    }

    /// Whether the next request is an item of another one.
    pub(crate) fn is_item(&mut self) -> bool {
        self.once_in(6)
    }

    /// Somebody who acts as bob, now and then, and which names its role lets it act as.
    pub(crate) fn run_as(&mut self) -> Option<(Authentication, Value)> {
        if !self.once_in(8) {
            return None;
        }
        let runner = Authentication::realm(user("runner", &[]), native()).run_as(Subject::user(bob(), native()));
        let patterns = self.some_of(&["bob", "b*", "eve", "*", "/b[a-z]b/", r"b\ob", "?ob", "Bob"], 0, 2);
        Some((runner, json!({ "run_as": patterns })))
    }

    pub(crate) fn workflow(&mut self) -> Option<&'static str> {
        if self.once_in(4) { Some("search_application_query") } else { None }
    }

    pub(crate) fn world(&mut self) -> World {
        let mut world = World::default();
        for name in ["logs-a1", "logs-a2", "logs-sec", "logs-old", "metrics-1", ".hid-1", ".security-7", "xhid"] {
            if !self.once_in(6) {
                let hidden = if name == ".hid-1" { true } else { self.once_in(6) };
                let closed = if name == "logs-old" { true } else { self.once_in(8) };
                world.names.insert(name.to_owned(), Known { hidden, kind: Kind::Index { closed } });
            }
        }
        if !self.once_in(4) {
            let backing = vec![".ds-ds-web-1".to_owned()];
            let failure = if self.once_in(3) { Vec::new() } else { vec![".fs-ds-web-2".to_owned()] };
            for index in backing.iter().chain(&failure) {
                world.names.insert(index.clone(), Known { hidden: true, kind: Kind::Index { closed: false } });
            }
            let kind = Kind::Stream { backing, failure };
            world.names.insert("ds-web".to_owned(), Known { hidden: self.once_in(5), kind });
        }
        let members = ["logs-a1", "logs-a2", "logs-sec", "metrics-1", "ds-web", "nope", ".security-7"];
        for alias in ["logs", "alias-2", ".security"] {
            if !self.once_in(3) {
                let members = self.some_of(&members, 1, 3).into_iter().map(str::to_owned).collect();
                world.names.insert(alias.to_owned(), Known { hidden: self.once_in(5), kind: Kind::Alias { members } });
            }
        }
        world
    }

    /// The same and a hundred indices more.
    pub(crate) fn crowded_world(&mut self) -> World {
        let mut world = self.world();
        for number in 0..100 {
            let stem = self.one_of(&["logs-a", "logs-", "metrics-", ".hid-", "ds-", "new-", "al", ".kibana_", "x"]);
            let kind = Kind::Index { closed: self.once_in(8) };
            world.names.insert(format!("{stem}{number}"), Known { hidden: self.once_in(8), kind });
        }
        world
    }

    /// The descriptors of one or two sides with many entries.
    pub(crate) fn rich_sides(&mut self) -> Vec<Map<String, Value>> {
        let count = 1 + self.below(2);
        let rich = |random: &mut Self| {
            let entries = (0..5 + random.below(5)).map(|_| random.entry()).collect::<Value>();
            Map::from_iter([("role0".to_owned(), json!({ "indices": entries }))])
        };
        (0..count).map(|_| rich(self)).collect()
    }

    /// The descriptors of one to three sides, each by name.
    pub(crate) fn sides(&mut self) -> Vec<Map<String, Value>> {
        let count = [1, 2, 2, 3][self.below(4)];
        (0..count).map(|_| self.descriptors()).collect()
    }

    fn descriptors(&mut self) -> Map<String, Value> {
        let count = self.below(3) + usize::from(!self.once_in(10));
        let mut all: Map<String, Value> =
            (0..count).map(|number| (format!("role{number}"), self.descriptor())).collect();
        if count == 1 && self.once_in(12) {
            all["role0"]["restriction"] = json!({ "workflows": ["search_application_query"] });
        }
        all
    }

    fn descriptor(&mut self) -> Value {
        let entries = self.below(4) + usize::from(!self.once_in(5));
        json!({
            "cluster": self.some_of(CLUSTER, 0, 2),
            "indices": (0..entries).map(|_| self.entry()).collect::<Value>(),
        })
    }

    fn entry(&mut self) -> Value {
        let mut entry = json!({
            "names": self.some_of(ROLE_NAMES, 1, 3),
            "privileges": self.some_of(PRIVILEGES, 1, 3),
            "allow_restricted_indices": self.once_in(4),
        });
        if self.once_in(3) {
            entry["query"] = json!(self.one_of(&["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"]));
        }
        if self.once_in(4) {
            entry["field_security"] = match self.below(5) {
                0 => json!({ "grant": ["a*"] }),
                1 => json!({ "grant": ["*b", "a"] }),
                2 => json!({ "grant": ["*"], "except": ["ssn", "_i*"] }),
                3 => json!({ "grant": [] }),
                _ => json!({ "grant": ["*"] }),
            };
        }
        if self.once_in(30) {
            entry = json!({ "names": ["*"], "privileges": ["all"], "allow_restricted_indices": true });
        }
        entry
    }

    pub(crate) fn request(&mut self) -> ActionRequest {
        if self.once_in(6) {
            return self.cluster_request();
        }
        let action = Action::new(self.one_of(INDEX_ACTIONS));
        let targets = if self.once_in(12) { Targets::None } else { Targets::Names(self.names()) };
        let detail = match self.below(8) {
            0 => Detail::Content(Content::Search { suggest: true, profile: false }),
            1 => Detail::Content(Content::Search { suggest: false, profile: true }),
            _ => Detail::None,
        };
        ActionRequest { action, targets, detail }
    }

    fn names(&mut self) -> RequestedNames {
        let expressions = self.some_of(EXPRESSIONS, 0, 3);
        let options = IndicesOptions {
            ignore_unavailable: self.once_in(3),
            allow_no_indices: !self.once_in(4),
            expand_open: !self.once_in(8),
            expand_closed: self.once_in(3),
            expand_hidden: self.once_in(5),
            ignore_aliases: self.once_in(6),
        };
        let traits = TargetTraits {
            replaceable: !self.once_in(6),
            allows_remote: self.once_in(2),
            includes_data_streams: !self.once_in(6),
            supports_selectors: !self.once_in(6),
        };
        RequestedNames::new(expressions, options, traits)
    }

    fn cluster_request(&mut self) -> ActionRequest {
        if self.once_in(2) {
            return ActionRequest::plain(Action::new(self.one_of(CLUSTER_ACTIONS)));
        }
        let maybe = |random: &mut Self, pool: &[&str]| {
            if random.once_in(2) { Some(random.one_of(pool).to_owned()) } else { None }
        };
        let username = maybe(self, &["bob", "eve", ""]);
        let realm = maybe(self, &["native1", "other", " "]);
        let owner = self.once_in(3);
        let with_limited_by = self.once_in(4);
        let (verb, detail) = match self.below(8) {
            0 | 1 => {
                let id = maybe(self, &["K1", "K2"]);
                ("api_key/get", Detail::GetApiKey { id, name: None, username, realm, owner, with_limited_by })
            }
            2 => {
                let ids = self.some_of(&["K1", "K1", "K2"], 0, 2).into_iter().map(str::to_owned).collect();
                ("api_key/invalidate", Detail::InvalidateApiKey { ids, name: None, username, realm, owner })
            }
            3 => ("api_key/query", Detail::QueryApiKey { only_mine: false, with_limited_by }),
            4 => ("api_key/create", Detail::CreateApiKey),
            5 => ("api_key/update", Detail::UpdateApiKey),
            6 => ("user/has_privileges", Detail::SameUser { username: username.unwrap_or_default() }),
            _ => ("user/change_password", Detail::ChangePassword { username: username.unwrap_or_default() }),
        };
        ActionRequest::plain(Action::new(&format!("cluster:admin/xpack/security/{verb}"))).with_detail(detail)
    }
}

/// The descriptors as the code under test reads them.
pub(crate) fn parsed(descriptors: &Map<String, Value>) -> RoleDescriptors {
    let text = Value::Object(descriptors.clone()).to_string();
    let value = parse(text.as_bytes(), Limits::default()).expect("it is JSON");
    RoleDescriptors::parse(&value, DescriptorContext::ApiKey).unwrap_or_else(|error| panic!("{text}: {error}"))
}

//! The short notation of the decision vectors for role descriptors.

use serde_json::{Map, Value, json};

/// Descriptors by name; several stand between `||`, and `-` and `{}` are none.
pub(crate) fn descriptors_json(notation: &str) -> Value {
    let mut all = Map::new();
    if notation != "-" && notation != "{}" {
        for (number, descriptor) in notation.split("||").enumerate() {
            all.insert(format!("r{number}"), descriptor_json(descriptor.trim()));
        }
    }
    Value::Object(all)
}

/// `C[x,y]` cluster privileges; `I[names : privileges]` an index entry, with `+q{…}`, `+fls{grant:[…],except:[…]}` and
/// `+r`; `AP[application : privileges : resources]`; `W[workflow]`; `R[user]` run-as.
fn descriptor_json(notation: &str) -> Value {
    let mut descriptor = json!({ "cluster": [], "indices": [], "applications": [], "run_as": [] });
    for entry in notation.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (kind, rest) = entry.split_once('[').expect("an entry opens a bracket");
        let (body, flags) = match rest.split_once("]+") {
            Some(parts) => parts,
            None => (rest.strip_suffix(']').expect("an entry closes its bracket"), ""),
        };
        let list = |text: &str| -> Vec<String> { text.split(',').map(|item| item.trim().to_owned()).collect() };
        let push = |descriptor: &mut Value, member: &str, value: Value| {
            descriptor[member].as_array_mut().expect("it is a list").push(value);
        };
        match kind {
            "C" => descriptor["cluster"] = json!(list(body)),
            "R" => descriptor["run_as"] = json!(list(body)),
            "W" => descriptor["restriction"] = json!({ "workflows": list(body) }),
            "I" => {
                let (names, privileges) = body.split_once(" : ").expect("names and privileges");
                let mut entry = json!({ "names": list(names), "privileges": list(privileges) });
                for flag in flags.split('+').filter(|flag| !flag.is_empty()) {
                    if flag == "r" {
                        entry["allow_restricted_indices"] = json!(true);
                    } else if let Some(query) = flag.strip_prefix('q') {
                        entry["query"] = json!(query);
                    } else if let Some(fields) = flag.strip_prefix("fls") {
                        let quoted = fields.replace("grant:", "\"grant\":").replace("except:", "\"except\":");
                        let quoted = quoted.replace('[', "[\"").replace(']', "\"]");
                        entry["field_security"] = serde_json::from_str(&quoted).expect("field security");
                    } else {
                        panic!("what is +{flag}?");
                    }
                }
                push(&mut descriptor, "indices", entry);
            }
            "AP" => {
                let parts: Vec<&str> = body.split(" : ").collect();
                let [application, privileges, resources] = parts[..] else { panic!("three parts: {body}") };
                let entry =
                    json!({ "application": application, "privileges": list(privileges), "resources": list(resources) });
                push(&mut descriptor, "applications", entry);
            }
            other => panic!("what is {other}[…]?"),
        }
    }
    descriptor
}

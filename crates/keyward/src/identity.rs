//! The ids under which a cluster and a node are known: drawn once, kept for good.
//! The cluster's is part of the security state, so that all nodes on one store agree; the node's lies in its data folder.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyward_node::{Node, UseCaseError};
use keyward_state::{Expect, Record, RecordKey, Txn, Write};

const CLUSTER: &str = "cluster.uuid";
const NODE_FILE: &str = "node-id";
/// 16 bytes in base64url.
const LENGTH: usize = 22;

/// Both ids.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The cluster's.
    pub(crate) cluster: String,
    /// This node's.
    pub(crate) node: String,
}

/// Reads the ids, and draws those that there are none of yet.
pub(crate) async fn of(node: &Node, data_dir: &Path) -> Result<Identity, String> {
    let drawn: [u8; 16] = node.entropy().draw().map_err(|error| error.to_string())?;
    let drawn = URL_SAFE_NO_PAD.encode(drawn);
    let cluster = node
        .perform(|view| {
            if let Some(known) = view.setting(CLUSTER).and_then(|stored| stored.value.as_str()) {
                return Ok((Txn::default(), known.to_owned()));
            }
            let key = RecordKey::setting(CLUSTER);
            let record = Record::Setting(Arc::new(serde_json::Value::from(drawn.as_str())));
            let txn = Txn { expect: vec![Expect::Absent(key.clone())], write: vec![Write::Put(key, Arc::new(record))] };
            Ok::<_, UseCaseError<std::convert::Infallible>>((txn, drawn.clone()))
        })
        .await
        .map_err(|error| format!("cannot keep the id of the cluster: {error}"))?;
    Ok(Identity { cluster, node: of_node(node, &data_dir.join(NODE_FILE))? })
}

fn of_node(node: &Node, file: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("cannot keep the id of this node in {}: {error}", file.display());
    match std::fs::read_to_string(file) {
        Ok(known) if known.trim().len() == LENGTH => return Ok(known.trim().to_owned()),
        Ok(_) => {} // torn by a crash before anybody saw it: draw another
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(cannot(error)),
    }
    let drawn: [u8; 16] = node.entropy().draw().map_err(|error| error.to_string())?;
    let drawn = URL_SAFE_NO_PAD.encode(drawn);
    std::fs::write(file, &drawn).map_err(cannot)?;
    Ok(drawn)
}

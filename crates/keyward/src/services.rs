//! What stands behind the listeners: the security API over the node, and data calls over the embedded engine.

use std::sync::Arc;

use keyward_api::{Api, ApiConfig, LicenceType, NodeAddresses};
use keyward_engine::Engine;
use keyward_engine_tantivy::{EngineConfig, TantivyEngine};
use keyward_gateway::{Gateway, GatewayOptions};
use keyward_node::Node;
use keyward_server::Services;
use keyward_xcontent::Limits;

use crate::identity::Identity;
use crate::serve::engine_dir;
use crate::settings::Settings;

/// Opens the engine and puts both answerers together.
pub(crate) async fn assemble(settings: &Settings, node: Arc<Node>, identity: Identity) -> Result<Services, String> {
    let directory = engine_dir(settings);
    let config = EngineConfig { cluster_name: settings.cluster_name.clone(), ..EngineConfig::default() };
    let opened = tokio::task::spawn_blocking(move || TantivyEngine::open(&directory, config));
    let engine = opened.await.map_err(|_| "the start was interrupted")?.map_err(|error| error.to_string())?;
    let engine: Arc<dyn Engine> = Arc::new(engine);
    let own = Api::new(Arc::clone(&node), api_config(settings, &node, identity));
    let limits = Limits { max_depth: settings.max_json_depth };
    let data = Gateway::new(engine, GatewayOptions { limits, ..GatewayOptions::default() });
    Ok(Services { node, own: Arc::new(own), data: Arc::new(data) })
}

fn api_config(settings: &Settings, node: &Node, identity: Identity) -> ApiConfig {
    ApiConfig {
        cluster_name: settings.cluster_name.clone(),
        cluster_uuid: identity.cluster,
        node_name: settings.node_name.clone(),
        node_id: identity.node,
        addresses: NodeAddresses { bound: vec![settings.http_listen], publish: settings.http_listen },
        max_content_length: settings.max_content_length as u64,
        https: settings.tls.is_some(),
        licence: LicenceType::parse(&settings.licence).unwrap_or_default(),
        build_hash: option_env!("KEYWARD_BUILD_HASH").unwrap_or("0000000000000000000000000000000000000000").to_owned(),
        build_date: "2026-11-24T00:00:00.000000000Z".to_owned(),
        started: node.clock().now(),
    }
}

//! The cat family: tables for people.

use keyward_query::date::{DateFormat, Zone};
use keyward_rest::error::ElasticError;
use keyward_rest::render::table::{Cell, Column, Table};
use keyward_rest::reply::Reply;

use super::health::health_of;
use super::targets::{EXPANSION, indices as entries};
use super::{Outcome, Request};

/// The parameters of every table: the renderer honours them.
const TABLE: &[&str] = &["v", "h", "s", "help", "bytes", "time", "local", "master_timeout"];

const fn column(name: &'static str, aliases: &'static [&'static str], description: &'static str) -> Column {
    Column { name, aliases, description, right: false, default: true }
}

const fn right(column: Column) -> Column {
    Column { right: true, ..column }
}

const fn extra(column: Column) -> Column {
    Column { default: false, ..column }
}

/// `GET _cat/indices`
pub(super) fn indices(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, TABLE, &["health", "pri", "include_unloaded_segments", "index"]].concat())?;
    request.flag("pri", false)?;
    request.flag("include_unloaded_segments", false)?;
    let wanted = request.param("health");
    if let Some(wanted) = wanted
        && !["green", "yellow", "red"].contains(&wanted)
    {
        return Err(ElasticError::illegal_argument(format!("unknown cluster health status [{wanted}]")));
    }
    let columns = vec![
        column("health", &["h"], "current health status"),
        column("status", &["s"], "open/close status"),
        column("index", &["i", "idx"], "index name"),
        column("uuid", &["id"], "index uuid"),
        right(column("pri", &["p", "shards.primary", "shardsPrimary"], "number of primary shards")),
        right(column("rep", &["r", "shards.replica", "shardsReplica"], "number of replica shards")),
        right(column("docs.count", &["dc", "docsCount"], "available docs")),
        right(column("docs.deleted", &["dd", "docsDeleted"], "deleted docs")),
        extra(column("creation.date", &["cd"], "index creation date (millisecond value)")),
        extra(column("creation.date.string", &["cds"], "index creation date (as string)")),
        right(column("store.size", &["ss", "storeSize"], "store size of primaries & replicas")),
        right(column("pri.store.size", &[], "store size of primaries")),
        right(column("dataset.size", &[], "total size of dataset")),
    ];
    let catalogue = request.indices.catalogue();
    let mut rows = Vec::new();
    for entry in entries(request, &catalogue)? {
        let index = &entry.index;
        let health = health_of([&entry]).status();
        if wanted.is_some_and(|wanted| wanted != health) {
            continue;
        }
        let bytes = Cell::Bytes(index.bytes_on_disk());
        rows.push(vec![
            text(health),
            text("open"),
            text(&index.name),
            text(&index.id.to_string()),
            number(index.settings().shards.into()),
            number(index.settings().replicas.into()),
            number(index.visible_documents()),
            number(index.deleted_documents()),
            Cell::Number(index.created),
            text(&DateFormat::default().print(index.created, &Zone::utc())),
            bytes.clone(),
            bytes.clone(),
            bytes,
        ]);
    }
    Ok(Reply::table(Table { columns, rows }).into())
}

/// `GET _cat/count`
pub(super) fn count(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, TABLE, &["index"]].concat())?;
    let columns = vec![
        column("epoch", &["t", "time"], "seconds since 1970-01-01 00:00:00"),
        column("timestamp", &["ts", "hms", "hhmmss"], "time in HH:MM:SS"),
        column("count", &["dc", "docs.count", "docsCount"], "the document count"),
    ];
    let catalogue = request.indices.catalogue();
    let count = entries(request, &catalogue)?.iter().map(|entry| entry.index.visible_documents()).sum();
    let [epoch, timestamp] = clock(request);
    Ok(Reply::table(Table { columns, rows: vec![vec![epoch, timestamp, number(count)]] }).into())
}

/// `GET _cat/aliases`
pub(super) fn aliases(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[EXPANSION, TABLE].concat())?;
    let columns = vec![
        column("alias", &["a"], "alias name"),
        column("index", &["i", "idx"], "index alias points to"),
        column("filter", &["f", "fi"], "filter"),
        column("routing.index", &["ri", "routingIndex"], "index routing"),
        column("routing.search", &["rs", "routingSearch"], "search routing"),
        column("is_write_index", &["w", "isWriteIndex"], "write index"),
    ];
    let catalogue = request.indices.catalogue();
    let concrete = entries(request, &catalogue)?;
    let mut rows = Vec::new();
    for (alias, members) in catalogue.aliases() {
        if !request.call.aliases.contains(alias) {
            continue;
        }
        for (index, member) in members {
            if !concrete.iter().any(|entry| entry.index.name == *index) {
                continue;
            }
            let writes = member.is_write_index.map_or_else(|| "-".to_owned(), |is| is.to_string());
            rows.push(vec![text(alias), text(index), text("-"), text("-"), text("-"), text(&writes)]);
        }
    }
    Ok(Reply::table(Table { columns, rows }).into())
}

/// `GET _cat/health`
pub(super) fn health(request: &Request<'_>) -> Result<Outcome, ElasticError> {
    request.honours(&[TABLE, &["ts"]].concat())?;
    let with_time = request.flag("ts", true)?;
    let catalogue = request.indices.catalogue();
    let health = health_of(catalogue.entries());
    let mut columns = vec![
        column("epoch", &["t", "time"], "seconds since 1970-01-01 00:00:00"),
        column("timestamp", &["ts", "hms", "hhmmss"], "time in HH:MM:SS"),
        column("cluster", &["cl"], "cluster name"),
        column("status", &["st"], "health status"),
        right(column("node.total", &["nt", "nodeTotal"], "total number of nodes")),
        right(column("node.data", &["nd", "nodeData"], "number of nodes that can store data")),
        right(column("shards", &["t", "sh", "shards.total", "shardsTotal"], "total number of shards")),
        right(column("pri", &["p", "shards.primary", "shardsPrimary"], "number of primary shards")),
        right(column("relo", &["r", "shards.relocating", "shardsRelocating"], "number of relocating nodes")),
        right(column("init", &["i", "shards.initializing", "shardsInitializing"], "number of initializing nodes")),
        right(column("unassign", &["u", "shards.unassigned", "shardsUnassigned"], "number of unassigned shards")),
        right(column(
            "unassign.pri",
            &["up", "shards.unassigned.primary", "shardsUnassignedPrimary"],
            "number of unassigned primary shards",
        )),
        right(column("pending_tasks", &["pt", "pendingTasks"], "number of pending tasks")),
        right(column("max_task_wait_time", &["mtwt", "maxTaskWaitTime"], "wait time of longest task pending")),
        right(column("active_shards_percent", &["asp", "activeShardsPercent"], "active number of shards in percent")),
    ];
    let [epoch, timestamp] = clock(request);
    let mut row = vec![
        epoch,
        timestamp,
        text(request.cluster_name),
        text(health.status()),
        number(1),
        number(1),
        number(health.active),
        number(health.active),
        number(0),
        number(0),
        number(health.unassigned + health.failed),
        number(health.failed),
        number(0),
        text("-"),
        text(&format!("{:.1}%", health.percent())),
    ];
    if !with_time {
        columns.drain(..2);
        row.drain(..2);
    }
    Ok(Reply::table(Table { columns, rows: vec![row] }).into())
}

fn clock(request: &Request<'_>) -> [Cell; 2] {
    let millis = request.call.now.as_millis();
    let shown = DateFormat::default().print(millis, &Zone::utc());
    let time = shown.split_once('T').and_then(|(_, time)| time.get(..8)).unwrap_or_default().to_owned();
    [Cell::Number(millis.div_euclid(1000)), Cell::Text(time)]
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn number(number: u64) -> Cell {
    Cell::Number(i64::try_from(number).unwrap_or(i64::MAX))
}

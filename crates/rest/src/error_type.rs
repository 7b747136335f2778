//! The kinds of exception that clients know: their names on the wire, their default statuses, and which of them
//! `root_cause` looks through.

use http::StatusCode;

/// How `root_cause` treats an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Replaced by its cause when that is of this family too.
    Elastic,
    /// A parser's exception: replaced by its cause when that is of this family or of [`Family::Elastic`].
    Parse,
    /// Always its own root cause.
    Plain,
}

macro_rules! error_types {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal, $status:literal, $family:ident; )*) => {
        /// The kind of an exception.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorType {
            $( #[doc = concat!("`", $name, "`, by default with status ", stringify!($status), ".")] $variant, )*
        }

        impl ErrorType {
            /// Every kind.
            pub const ALL: &'static [ErrorType] = &[$(ErrorType::$variant),*];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(ErrorType::$variant => $name,)* }
            }

            /// The family of the kind.
            pub fn family(self) -> Family {
                match self { $(ErrorType::$variant => Family::$family,)* }
            }

            fn status_number(self) -> u16 {
                match self { $(ErrorType::$variant => $status,)* }
            }
        }
    };
}

error_types! {
    ActionRequestValidation = "action_request_validation_exception", 400, Plain;
    AliasesNotFound = "aliases_not_found_exception", 404, Elastic;
    ApiNotAvailable = "api_not_available_exception", 410, Elastic;
    CircuitBreaking = "circuit_breaking_exception", 429, Elastic;
    ClusterBlock = "cluster_block_exception", 503, Elastic;
    DateTimeParse = "date_time_parse_exception", 400, Plain;
    DocumentMissing = "document_missing_exception", 404, Elastic;
    DocumentParsing = "document_parsing_exception", 400, Elastic;
    EngineFailure = "engine_exception", 500, Elastic;
    Exception = "exception", 500, Elastic;
    FeatureNotEnabled = "feature_not_enabled_exception", 400, Elastic;
    IllegalArgument = "illegal_argument_exception", 400, Plain;
    IllegalState = "illegal_state_exception", 500, Plain;
    IndexClosed = "index_closed_exception", 400, Elastic;
    IndexNotFound = "index_not_found_exception", 404, Elastic;
    InputCoercion = "input_coercion_exception", 400, Plain;
    InvalidAliasName = "invalid_alias_name_exception", 400, Elastic;
    InvalidIndexName = "invalid_index_name_exception", 400, Elastic;
    InvalidIndexTemplate = "invalid_index_template_exception", 400, Elastic;
    InvalidTypeName = "invalid_type_name_exception", 400, Elastic;
    Io = "i_o_exception", 500, Plain;
    JsonEndOfFile = "json_e_o_f_exception", 400, Plain;
    JsonParse = "json_parse_exception", 400, Plain;
    MapperParsing = "mapper_parsing_exception", 400, Elastic;
    MapperFailure = "mapper_exception", 400, Elastic;
    MediaTypeHeader = "media_type_header_exception", 400, Plain;
    NamedObjectNotFound = "named_object_not_found_exception", 400, Parse;
    NoShardAvailable = "no_shard_available_action_exception", 503, Elastic;
    NoSuchRemoteCluster = "no_such_remote_cluster_exception", 404, Elastic;
    NullPointer = "null_pointer_exception", 500, Plain;
    NumberFormat = "number_format_exception", 400, Plain;
    Parse = "parse_exception", 400, Elastic;
    Parsing = "parsing_exception", 400, Elastic;
    ProcessClusterEventTimeout = "process_cluster_event_timeout_exception", 503, Elastic;
    QueryShard = "query_shard_exception", 400, Elastic;
    RejectedExecution = "es_rejected_execution_exception", 429, Plain;
    RepositoryMissing = "repository_missing_exception", 404, Elastic;
    ResourceAlreadyExists = "resource_already_exists_exception", 400, Elastic;
    ResourceNotFound = "resource_not_found_exception", 404, Elastic;
    RoleRestriction = "role_restriction_exception", 403, Elastic;
    RoutingMissing = "routing_missing_exception", 400, Elastic;
    ScriptFailure = "script_exception", 400, Elastic;
    SearchContextMissing = "search_context_missing_exception", 404, Elastic;
    SearchParse = "search_parse_exception", 400, Elastic;
    SearchPhaseExecution = "search_phase_execution_exception", 503, Elastic;
    Security = "security_exception", 403, Elastic;
    Status = "status_exception", 400, Elastic;
    StrictDynamicMapping = "strict_dynamic_mapping_exception", 400, Elastic;
    Timeout = "timeout_exception", 429, Elastic;
    TooLongHttpHeader = "too_long_http_header_exception", 400, Plain;
    TooLongHttpLine = "too_long_http_line_exception", 400, Plain;
    TooComplexToDeterminize = "too_complex_to_determinize_exception", 400, Plain;
    TooManyBuckets = "too_many_buckets_exception", 400, Elastic;
    UnavailableShards = "unavailable_shards_exception", 503, Elastic;
    UnsupportedOperation = "unsupported_operation_exception", 500, Plain;
    Validation = "validation_exception", 400, Plain;
    VersionConflict = "version_conflict_engine_exception", 409, Elastic;
    XContentEndOfFile = "x_content_e_o_f_exception", 400, Parse;
    XContentParse = "x_content_parse_exception", 400, Parse;
}

impl ErrorType {
    /// The status that an error of this kind has unless something else is said.
    pub fn default_status(self) -> StatusCode {
        StatusCode::from_u16(self.status_number()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The name in the header of a failed answer: words in capitals, the general kinds with the product in front.
    pub fn class_name(self) -> String {
        let mut class = String::new();
        if matches!(self, Self::Exception | Self::Parse | Self::Security | Self::Status | Self::Timeout) {
            class.push_str("Elasticsearch");
        }
        for word in self.name().split('_') {
            let mut letters = word.chars();
            class.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            class.push_str(letters.as_str());
        }
        class
    }
}

#include "pipeline/normalise/names.h"

#include <array>
#include <cstddef>
#include <utility>

namespace tripod::pipeline::normalise {
namespace {

constexpr auto kRules = std::to_array<Rule>({
    // HTTP
    {"http.method", Change::kRename, "http.request.method", {}},
    {"http.status_code", Change::kRename, "http.response.status_code", {}},
    {"http.url", Change::kRename, "url.full", {}},
    {"http.scheme", Change::kRename, "url.scheme", {}},
    {"http.target", Change::kTarget, "url.path", {}},
    {"http.host", Change::kHost, "server.address", {}},
    {"http.server_name", Change::kRename, "server.address", {}},
    {"http.user_agent", Change::kRename, "user_agent.original", {}},
    {"http.flavor", Change::kHttpVersion, "network.protocol.version", {}},
    {"http.client_ip", Change::kRename, "client.address", {}},
    {"http.request_content_length", Change::kRename, "http.request.body.size", {}},
    {"http.response_content_length", Change::kRename, "http.response.body.size", {}},
    {"http.resend_count", Change::kRename, "http.request.resend_count", {}},
    {"http.query", Change::kRename, "url.query", {}},
    {"http.fragment", Change::kRename, "url.fragment", {}},
    {"browser.user_agent", Change::kRename, "user_agent.original", {}},
    // Network
    {"net.peer.name", Change::kRename, "server.address", "client.address"},
    {"net.peer.port", Change::kRename, "server.port", "client.port"},
    {"net.peer.ip", Change::kRename, "network.peer.address", {}},
    {"net.host.name", Change::kRename, "server.address", {}},
    {"net.host.port", Change::kRename, "server.port", {}},
    {"net.host.ip", Change::kRename, "network.local.address", {}},
    {"net.sock.peer.addr", Change::kRename, "network.peer.address", {}},
    {"net.sock.peer.port", Change::kRename, "network.peer.port", {}},
    {"net.sock.peer.name", Change::kRename, "server.address", "client.address"},
    {"net.sock.host.addr", Change::kRename, "network.local.address", {}},
    {"net.sock.host.port", Change::kRename, "network.local.port", {}},
    {"net.sock.family", Change::kFamily, "network.type", {}},
    {"net.transport", Change::kTransport, "network.transport", {}},
    {"net.protocol.name", Change::kRename, "network.protocol.name", {}},
    {"net.protocol.version", Change::kRename, "network.protocol.version", {}},
    {"net.app.protocol.name", Change::kRename, "network.protocol.name", {}},
    {"net.app.protocol.version", Change::kRename, "network.protocol.version", {}},
    {"peer.address", Change::kRename, "network.peer.address", {}},
    {"peer.hostname", Change::kRename, "server.address", "client.address"},
    {"peer.port", Change::kRename, "server.port", "client.port"},
    {"peer.ipv4", Change::kRename, "network.peer.address", {}},
    {"peer.ipv6", Change::kRename, "network.peer.address", {}},
    // Databases
    {"db.system", Change::kDbSystem, "db.system.name", {}},
    {"db.name", Change::kRename, "db.namespace", {}},
    {"db.instance", Change::kRename, "db.namespace", {}},
    {"db.redis.database_index", Change::kText, "db.namespace", {}},
    {"db.statement", Change::kRename, "db.query.text", {}},
    {"db.operation", Change::kRename, "db.operation.name", {}},
    {"db.sql.table", Change::kRename, "db.collection.name", {}},
    {"db.mongodb.collection", Change::kRename, "db.collection.name", {}},
    {"db.cassandra.table", Change::kRename, "db.collection.name", {}},
    {"db.cosmosdb.container", Change::kRename, "db.collection.name", {}},
    {"db.elasticsearch.path_parts.index", Change::kRename, "db.collection.name", {}},
    // Messaging
    {"messaging.destination", Change::kRename, "messaging.destination.name", {}},
    {"messaging.temp_destination", Change::kRename, "messaging.destination.temporary", {}},
    {"messaging.message_id", Change::kRename, "messaging.message.id", {}},
    {"messaging.conversation_id", Change::kRename, "messaging.message.conversation_id", {}},
    {"messaging.operation", Change::kRename, "messaging.operation.type", {}},
    {"messaging.message_payload_size_bytes", Change::kRename, "messaging.message.body.size", {}},
    {"messaging.message.payload_size_bytes", Change::kRename, "messaging.message.body.size", {}},
    {"messaging.kafka.consumer_group", Change::kRename, "messaging.consumer.group.name", {}},
    {"messaging.kafka.consumer.group", Change::kRename, "messaging.consumer.group.name", {}},
    {"messaging.kafka.partition", Change::kText, "messaging.destination.partition.id", {}},
    {"messaging.kafka.destination.partition",
     Change::kText,
     "messaging.destination.partition.id",
     {}},
    {"messaging.kafka.message_key", Change::kRename, "messaging.kafka.message.key", {}},
    {"messaging.kafka.message.offset", Change::kRename, "messaging.kafka.offset", {}},
    {"messaging.rabbitmq.routing_key",
     Change::kRename,
     "messaging.rabbitmq.destination.routing_key",
     {}},
    // Code
    {"code.function", Change::kCodeFunction, "code.function.name", {}},
    {"code.namespace", Change::kCodeNamespace, "code.namespace", {}},
    {"code.filepath", Change::kRename, "code.file.path", {}},
    {"code.lineno", Change::kRename, "code.line.number", {}},
    {"code.column", Change::kRename, "code.column.number", {}},
    // Who and where
    {"deployment.environment", Change::kRename, "deployment.environment.name", {}},
    {"enduser.id", Change::kRename, "user.id", {}},
    {"faas.execution", Change::kRename, "faas.invocation_id", {}},
    {"faas.id", Change::kRename, "cloud.resource_id", {}},
    {"telemetry.auto.version", Change::kRename, "telemetry.distro.version", {}},
    {"otel.library.name", Change::kRename, "otel.scope.name", {}},
    {"otel.library.version", Change::kRename, "otel.scope.version", {}},
});

constexpr size_t kSlots = 512;  // at most a sixth full: a miss mostly ends at the first slot
static_assert(kRules.size() * 6 <= kSlots);

constexpr size_t slot_of(std::string_view key) {
  size_t hash = key.size() * 131;
  hash = hash * 31 + static_cast<unsigned char>(key.front());
  hash = hash * 31 + static_cast<unsigned char>(key.back());
  hash = hash * 31 + static_cast<unsigned char>(key[key.size() / 2]);
  hash = hash * 31 + static_cast<unsigned char>(key[key.size() * 3 / 4]);
  return (hash ^ hash >> 9) % kSlots;
}

// Index + 1 into kRules, 0 for an empty slot; linear probing.
constexpr std::array<uint8_t, kSlots> make_slots() {
  static_assert(kRules.size() < 255);
  std::array<uint8_t, kSlots> slots{};
  for (size_t i = 0; i < kRules.size(); ++i) {
    size_t slot = slot_of(kRules[i].old_name);
    while (slots[slot] != 0) slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<uint8_t>(i + 1);
  }
  return slots;
}
constexpr auto kSlotTable = make_slots();

struct Word {
  Change change;
  std::string_view old_word;
  std::string_view word;
};

constexpr auto kWords = std::to_array<Word>({
    {Change::kTransport, "ip_tcp", "tcp"},
    {Change::kTransport, "ip_udp", "udp"},
    {Change::kTransport, "IP.TCP", "tcp"},
    {Change::kTransport, "IP.UDP", "udp"},
    {Change::kFamily, "inet", "ipv4"},
    {Change::kFamily, "inet6", "ipv6"},
    {Change::kHttpVersion, "2.0", "2"},
    {Change::kHttpVersion, "3.0", "3"},
    {Change::kDbSystem, "mssql", "microsoft.sql_server"},
    {Change::kDbSystem, "oracle", "oracle.db"},
    {Change::kDbSystem, "db2", "ibm.db2"},
    {Change::kDbSystem, "hanadb", "sap.hana"},
    {Change::kDbSystem, "dynamodb", "aws.dynamodb"},
    {Change::kDbSystem, "redshift", "aws.redshift"},
    {Change::kDbSystem, "cosmosdb", "azure.cosmosdb"},
    {Change::kDbSystem, "spanner", "gcp.spanner"},
    {Change::kDbSystem, "firebird", "firebirdsql"},
    {Change::kDbSystem, "h2", "h2database"},
});

}  // namespace

const Rule* find_rule(std::string_view key) {
  if (key.empty()) return nullptr;
  for (size_t slot = slot_of(key); kSlotTable[slot] != 0; slot = (slot + 1) % kSlots) {
    const Rule& rule = kRules[kSlotTable[slot] - 1];
    if (rule.old_name == key) return &rule;
  }
  return nullptr;
}

std::string_view current_word(Change change, std::string_view value) {
  for (const Word& word : kWords) {
    if (word.change == change && word.old_word == value) return word.word;
  }
  return value;
}

}  // namespace tripod::pipeline::normalise

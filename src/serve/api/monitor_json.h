// Monitors as JSON: of our own API, and of Sentry's.
#pragma once

#include "base/json_writer.h"
#include "monitor/board.h"

namespace tripod::serve {

// Schema Monitor of docs/openapi.yaml.
void write_monitor(base::JsonWriter& w, const monitor::Board::View& view);
// Schema CheckIn of docs/openapi.yaml.
void write_check_in(base::JsonWriter& w, const store::CheckInRow& row);

// https://docs.sentry.io/api/crons/
void write_sentry_monitor(base::JsonWriter& w, const monitor::Board::View& view);
void write_sentry_check_in(base::JsonWriter& w, const store::CheckInRow& row);

// Of a monitor as a whole: the worst of its environments.
store::MonitorStatus status_of(const monitor::Board::View& view);

}  // namespace tripod::serve

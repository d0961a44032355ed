// Tables of the meta store and their versions.
#pragma once

#include "base/result.h"

namespace soci {
class session;
}

namespace tripod::store {

// Brings an empty or older database to the current version, one transaction per step. Throws soci::soci_error.
base::Result<> migrate(soci::session& db);

// The version that this program writes.
int newest_schema();

}  // namespace tripod::store

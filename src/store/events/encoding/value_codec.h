// Single values of any type as bytes: a tag, then what the type needs. Used where values of several types stand together.
#pragma once

#include <string>

#include "model/value.h"
#include "store/events/varint.h"

namespace tripod::store {

// @pre not null, not bytes.
void append_value(std::string& out, const model::Value& value);
// False when the bytes are not a value. Text views the reader's bytes.
bool read_value(CheckedReader& in, model::Value& value);

}  // namespace tripod::store

// What a stack trace contributes to the hash of an event.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/batch.h"

namespace tripod::pipeline::group {

// `app` looks at the application's own frames, `system` at all of them.
enum class Variant : uint8_t { kApp, kSystem };

// Whether a frame is the application's own: what the SDK says (yes, where it says nothing), except
// for code under site-packages, dist-packages, node_modules, vendor, /usr/lib, /usr/local/lib and
// the runtimes' own modules.
bool is_in_app(const model::Frame& frame);

// Module, or else file name; function; context line: the pieces of each frame that counts, oldest
// call first, joined. Empty when no frame counts.
std::string stacktrace_text(std::span<const model::Frame> frames, std::string_view platform,
                            Variant variant);

// The frame that failed: the youngest of the application's own, else the youngest. nullptr without
// frames.
const model::Frame* crash_frame(std::span<const model::Frame> frames);

}  // namespace tripod::pipeline::group

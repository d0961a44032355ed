// Secrets out of a batch's items, in place, before any of them is written.
#pragma once

#include "base/arena.h"
#include "model/items.h"
#include "pipeline/scrub/scrubber.h"

namespace tripod::pipeline {

// Texts of check-ins, of reports and of users; names of files, and what is in those that are text. Other files stay as they are.
void scrub_items(const scrub::Scrubber& scrubber, base::Arena& arena, model::Items& items);

// That it can be read as text: its type says so, or it says nothing and there are no control characters in it.
bool is_text(const model::Attachment& attachment);

}  // namespace tripod::pipeline

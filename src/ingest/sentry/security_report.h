// What browsers report of a site's security policies: Content-Security-Policy, Expect-CT, Expect-Staple, HPKP; alone, or as Reporting API lists.
// https://docs.sentry.io/security-legal-pii/security/security-policy-reporting/ https://www.w3.org/TR/CSP3/#violation-events
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ingest/sentry/context.h"
#include "ingest/sentry/decode.h"
#include "ingest/sentry/json_value.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

inline constexpr size_t kMostReportListBytes = 1u << 20;
inline constexpr size_t kMostReports = 100;  // of one list

// Appends an error event for each report, grouped by what was violated and by whom: for a policy its directive and the host that was
// blocked. Reports of other things are counted as not kept ("report <type>"). Errors of the whole: "too_large", "invalid_json", "json_too_deep",
// "invalid_report" (no report that is known).
ItemResult<> decode_reports(std::string_view json, const SentryContext& context, JsonParser& parser, model::Batch& batch);

// The body of POST /api/<project>/security/. kInvalidArgument, kTooLarge.
base::Result<DecodedEnvelope> decode_security(const std::shared_ptr<const std::string>& body, const SentryContext& context, model::Batch& batch);

// Whom a policy blocked: the host of a URL, a scheme (data, blob), or 'self' where it is the site's own.
std::string blocked_by(std::string_view uri, std::string_view document);

}  // namespace tripod::ingest::sentry

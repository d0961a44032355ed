// Reading scrape configuration, in pieces. Internal to scrape; everything here throws ConfigError and YAML::Exception.
#pragma once

#include <string>
#include <vector>

#include "base/fs.h"
#include "scrape/config.h"
#include "scrape/yaml_reader.h"

namespace tripod::scrape {

// The document being read.
struct ConfigFile {
  std::string name;  // as errors show it
  base::Fs& fs;
  std::vector<ConfigNote> notes;

  // A path in it, which is relative to its folder.
  std::string path(const std::string& written) const;
  // Of a key that names a file; empty where it is not there.
  std::string path_at(YamlMap& map, const char* key) const;
};

// The settings of an HTTP client among other keys of a job or a discovery.
HttpClientConfig read_http_client(YamlMap& map, ConfigFile& file);

// What file_sd_configs and http_sd_configs of a job say.
void read_discoveries(YamlMap& job, ConfigFile& file, JobConfig& out);

// Keys of Prometheus 3 that are not read here.
const OtherKeys& other_job_keys();
const OtherKeys& other_global_keys();
const OtherKeys& other_top_keys();

}  // namespace tripod::scrape

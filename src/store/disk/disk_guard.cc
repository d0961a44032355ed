#include "store/disk/disk_guard.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tripod::store {
namespace {

constexpr std::chrono::seconds kInterval{5};
// In one check: what a wrong setting may cost before somebody reads the log.
constexpr size_t kMostDropsAtOnce = 16;
constexpr int kMostFruitlessDrops = 4;  // a question may hold what was dropped for a moment

uint64_t low_water_of(const DiskLimits& limits, const base::DiskSpace& space) {
  const auto share = static_cast<uint64_t>(static_cast<double>(space.total) * limits.low_water_share);
  return std::max(limits.low_water_bytes, share);
}

}  // namespace

DiskGuard::DiskGuard(base::Fs& fs, base::Logger& logger, base::MetricRegistry& metrics, std::string path,
                     std::vector<Droppable> data)
    : fs_(fs),
      logger_(logger),
      path_(std::move(path)),
      data_(std::move(data)),
      dropped_(metrics.counter("tripod_disk_dropped_parts_total", "Parts and blocks dropped because the disk was low.")) {
  metrics.gauge("tripod_disk_free_bytes", "Free bytes of the disk that has the data.", {},
                [this] { return static_cast<double>(state().space.free); });
  metrics.gauge("tripod_disk_low", "1 while less is free than disk.low_water says.", {},
                [this] { return state().is_low ? 1.0 : 0.0; });
}

DiskGuard::~DiskGuard() = default;

void DiskGuard::set_limits(const DiskLimits& limits) {
  {
    std::lock_guard lock(mu_);
    limits_ = limits;
  }
  check();
}

DiskState DiskGuard::state() const {
  std::lock_guard lock(mu_);
  return state_;
}

std::optional<base::Error> DiskGuard::refusal() const {
  if (!refuses_.load(std::memory_order_relaxed)) return std::nullopt;
  return base::Error{base::Code::kUnavailable, text_of(state())};
}

std::string DiskGuard::text_of(const DiskState& state) const {
  return "the disk of " + path_ + " is nearly full: " + std::to_string(state.space.free) + " bytes free, disk.low_water is " +
         std::to_string(state.low_water);
}

void DiskGuard::check() {
  std::lock_guard one(check_mu_);
  if (!look()) fruitless_drops_ = 0;
  else if (state().when_low == DiskLimits::WhenLow::kDropOldest) drop_until_well();
}

// True when the disk is low.
bool DiskGuard::look() {
  const auto space = fs_.disk_space(path_);
  if (!space) {
    logger_.warn("disk_space_unknown", {{"detail", space.error().message}});
    return false;
  }
  DiskState before, now;
  {
    std::lock_guard lock(mu_);
    before = now = state_;
    now.space = *space;
    now.low_water = low_water_of(limits_, *space);
    now.when_low = limits_.when_low;
    // Well again only with some room to spare, or it would change with every part that is written.
    now.is_low = space->free < now.low_water + (before.is_low ? now.low_water / 10 : 0);
    state_ = now;
    if (!now.is_low || now.when_low == DiskLimits::WhenLow::kRefuse) refuses_ = now.is_low;
  }
  if (now.is_low != before.is_low) {
    const std::string_view then = now.when_low == DiskLimits::WhenLow::kRefuse ? "nothing new is taken" : "the oldest is dropped";
    if (now.is_low) logger_.error("disk_low", {{"detail", std::string_view(text_of(now))}, {"then", then}});
    else logger_.info("disk_well_again", {{"path", std::string_view(path_)}, {"free_bytes", static_cast<int64_t>(now.space.free)}});
  }
  return now.is_low;
}

void DiskGuard::drop_until_well() {
  for (size_t i = 0; i < kMostDropsAtOnce; ++i) {
    // With nothing left to drop, or to be had from it, refusing is all there is.
    if (fruitless_drops_ >= kMostFruitlessDrops) {
      refuses_ = true;
      return;
    }
    const uint64_t free_before = state().space.free;
    const bool dropped = drop_one();
    refuses_ = !dropped;
    if (!dropped) return;
    const bool is_low = look();
    fruitless_drops_ = is_low && state().space.free <= free_before ? fruitless_drops_ + 1 : 0;
    if (!is_low) return;
    if (fruitless_drops_ == kMostFruitlessDrops) {
      logger_.error("disk_low_dropping_frees_nothing", {{"detail", std::string_view("other links to the files, as of a backup or a snapshot, keep their room; nothing new is taken")}});
    }
  }
}

// Of what takes most room and has something to drop.
bool DiskGuard::drop_one() {
  std::vector<std::pair<uint64_t, const Droppable*>> by_size;
  for (const Droppable& data : data_) by_size.emplace_back(data.bytes(), &data);
  std::ranges::sort(by_size, std::greater<>());
  for (const auto& [bytes, data] : by_size) {
    const auto dropped = data->drop_oldest();
    if (!dropped) {
      logger_.error("disk_low_not_dropped", {{"data", std::string_view(data->name)}, {"detail", std::string_view(dropped.error().message)}});
      continue;
    }
    if (*dropped == 0) continue;
    logger_.error("disk_low_dropped", {{"data", std::string_view(data->name)}, {"bytes", static_cast<int64_t>(*dropped)}});
    dropped_.add();
    std::lock_guard lock(mu_);
    ++state_.dropped_parts;
    return true;
  }
  return false;
}

void DiskGuard::start() {
  thread_ = std::jthread([this](std::stop_token stop) {
    while (!stop.stop_requested()) {
      check();
      std::unique_lock lock(wait_mu_);
      wake_.wait_for(lock, stop, kInterval, [] { return false; });
    }
  });
}

}  // namespace tripod::store

// What the operations of dropfs meet: errors, delays, lies, and the moment at which power fails.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tests::dropfs {

enum class operation { read, write, sync, other };

// The operations from the nth on of these files, so many of them, end with this error.
struct failure {
    operation kind{};
    std::string files;  // a pattern of the shell, for the whole path
    int error = 0;
    std::uint64_t nth = 1;
    std::uint64_t times = 1;
};

// Power fails before or after the nth operation from now on.
struct outage {
    operation at{};
    std::uint64_t nth = 1;
    bool after = false;
};

// Every call is made with the lock held that the operations share; waiting releases it.
class faults {
public:
    using lock = std::unique_lock<std::mutex>;

    // The error of an operation that begins, 0 for none. It returns when the delay is over; when
    // power has failed, at the next restart, with EIO.
    int begin(lock& held, operation kind, const std::string& path);
    // The same for one that has done its work.
    int end(lock& held, operation kind);

    void add(failure added) { failures_.push_back(std::move(added)); }
    void add(outage added) { outage_ = added; }
    void delay(operation kind, std::chrono::milliseconds time) { delays_[kind] = time; }
    void lie(bool lies) { lies_ = lies; }
    bool lies() const { return lies_; }
    void clear();

    void power_fails();
    void power_returns();

    // How many there were of each, how many failed, whether there is power.
    std::string figures() const;

private:
    int failure_of(operation kind, const std::string& path);
    int wait_for_power(lock& held);

    std::vector<failure> failures_;
    std::optional<outage> outage_;
    std::map<operation, std::chrono::milliseconds> delays_;
    bool lies_ = false;
    bool power_ = true;
    std::uint64_t restarts_ = 0;
    std::condition_variable restarted_;
    std::map<operation, std::uint64_t> begun_;
    std::uint64_t failed_ = 0;
};

}  // namespace tests::dropfs

#include "metrics/instrument.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace kurir::metrics {
namespace {

prometheus::Labels copied(const label_set& labels) {
    prometheus::Labels copy;
    for (const auto& [name, value] : labels)
        copy.emplace(name, value);
    return copy;
}

// The family is made with its first series and found again for the others.
template <class Builder>
auto& registered(Builder builder, registry& to, const family& of) {
    return builder.Name("kurir_" + std::string(of.name))
        .Help(std::string(of.help))
        .Register(to.underlying());
}

}  // namespace

registry::registry() : series_(std::make_unique<prometheus::Registry>()) {}
registry::~registry() = default;

counter::counter(registry& to, const family& of, const label_set& labels)
    : cell_(&registered(prometheus::BuildCounter(), to, of).Add(copied(labels))) {}

void counter::inc(double by) noexcept {
    cell_->Increment(by);
}

double counter::value() const noexcept {
    return cell_->Value();
}

gauge::gauge(registry& to, const family& of, const label_set& labels)
    : cell_(&registered(prometheus::BuildGauge(), to, of).Add(copied(labels))) {}

void gauge::set(double to) noexcept {
    cell_->Set(to);
}

void gauge::inc(double by) noexcept {
    cell_->Increment(by);
}

void gauge::dec(double by) noexcept {
    cell_->Decrement(by);
}

double gauge::value() const noexcept {
    return cell_->Value();
}

histogram::histogram(registry& to, const family& of, const label_set& labels)
    : cell_(&registered(prometheus::BuildHistogram(), to, of)
                 .Add(copied(labels), std::vector<double>(of.buckets.begin(), of.buckets.end()))) {}

void histogram::observe(double value) noexcept {
    cell_->Observe(value);
}

std::size_t histogram::count() const {
    return cell_->Collect().histogram.sample_count;
}

double histogram::sum() const {
    return cell_->Collect().histogram.sample_sum;
}

}  // namespace kurir::metrics

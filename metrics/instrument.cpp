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
auto& registered(Builder builder, registry& target, const family& description) {
    return builder.Name("kurir_" + std::string(description.name))
        .Help(std::string(description.help))
        .Register(target.underlying());
}

}  // namespace

registry::registry() : series_(std::make_unique<prometheus::Registry>()) {}
registry::~registry() = default;

counter::counter(registry& target, const family& description, const label_set& labels)
    : cell_(&registered(prometheus::BuildCounter(), target, description).Add(copied(labels))) {}

void counter::inc(double amount) noexcept {
    cell_->Increment(amount);
}

double counter::value() const noexcept {
    return cell_->Value();
}

gauge::gauge(registry& target, const family& description, const label_set& labels)
    : cell_(&registered(prometheus::BuildGauge(), target, description).Add(copied(labels))) {}

void gauge::set(double value) noexcept {
    cell_->Set(value);
}

void gauge::inc(double amount) noexcept {
    cell_->Increment(amount);
}

void gauge::dec(double amount) noexcept {
    cell_->Decrement(amount);
}

double gauge::value() const noexcept {
    return cell_->Value();
}

histogram::histogram(registry& target, const family& description, const label_set& labels)
    : cell_(&registered(prometheus::BuildHistogram(), target, description)
                 .Add(
                     copied(labels),
                     std::vector<double>(description.buckets.begin(), description.buckets.end())
                 )) {}

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

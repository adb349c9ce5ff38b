// How many of the last attempts failed: a count that forgets.
//
// Pure.
#pragma once

namespace kurir::outbound {

class share {
public:
    // Remembers about `memory` attempts. Begins as if it had seen `before` of them, of which the
    // part `expected` failed.
    explicit share(double memory, double before = 0, double expected = 0)
        : memory_(memory), tries_(before), fails_(before * expected) {}

    void add(bool failed) noexcept {
        if (tries_ >= memory_) {
            tries_ /= 2;
            fails_ /= 2;
        }
        tries_ += 1;
        if (failed) fails_ += 1;
    }

    double tries() const noexcept { return tries_; }
    double fails() const noexcept { return fails_; }
    double value() const noexcept { return tries_ > 0 ? fails_ / tries_ : 0; }

private:
    double memory_;
    double tries_;
    double fails_;
};

}  // namespace kurir::outbound

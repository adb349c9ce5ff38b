// A value that few objects have: one pointer, which is null for the default of `T`.
//
// Copies share the value. It is never changed in place.
#pragma once

#include <memory>
#include <utility>

namespace kurir::queue {

template <class T>
class rare {
public:
    rare() = default;
    rare(T value) : value_(value == T() ? nullptr : std::make_shared<const T>(std::move(value))) {}

    const T& operator*() const {
        static const T usual;
        return value_ ? *value_ : usual;
    }
    const T* operator->() const { return &**this; }

    // True if it is not the default.
    explicit operator bool() const noexcept { return value_ != nullptr; }

    bool operator==(const rare& other) const { return value_ == other.value_ || **this == *other; }

private:
    std::shared_ptr<const T> value_;
};

}  // namespace kurir::queue

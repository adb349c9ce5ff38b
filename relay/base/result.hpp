// A value, or the reason why there is none.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace kurir::base {

// `boost::system::result`, with a warning when it is dropped, which Boost's own does not give.
template <class T, class E = boost::system::error_code>
class [[nodiscard]] result : public boost::system::result<T, E> {
public:
    using boost::system::result<T, E>::result;
};

}  // namespace kurir::base

// Sollya's objects with C++ lifetimes.
#pragma once

#include "wide_real.hpp"

#include <sollya.h>

#include <utility>

namespace fxp::approximate {

/// Starts Sollya at the first call; the library runs until the process ends and says nothing on its own.
/// Sollya has global state: one thread only.
void start_sollya();

/// Owner of one Sollya object.
class SollyaObject {
  public:
    explicit SollyaObject(sollya_obj_t object) : object_(object) {}
    SollyaObject(const SollyaObject& other) : object_(sollya_lib_copy_obj(other.object_)) {}
    SollyaObject(SollyaObject&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    SollyaObject& operator=(SollyaObject other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~SollyaObject() {
        if (object_ != nullptr) sollya_lib_clear_obj(object_);
    }

    static SollyaObject constant(const WideReal& value) {
        WideReal copy = value;
        return SollyaObject(sollya_lib_constant(copy.raw()));
    }
    static SollyaObject integer(int value) { return SollyaObject(sollya_lib_constant_from_int(value)); }
    static SollyaObject range(const WideReal& low, const WideReal& high) {
        WideReal a = low;
        WideReal b = high;
        return SollyaObject(sollya_lib_range_from_bounds(a.raw(), b.raw()));
    }

    sollya_obj_t get() const { return object_; }
    bool is_error() const { return sollya_lib_obj_is_error(object_) != 0; }

  private:
    sollya_obj_t object_;
};

} // namespace fxp::approximate

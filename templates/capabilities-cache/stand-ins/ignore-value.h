/* A result that nobody wants. */
#pragma once
#define ignore_value(value) (__extension__ ({ __typeof__(value) unwanted_ = (value); (void) unwanted_; }))

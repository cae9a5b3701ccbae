#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <new>

namespace freshet {

/// OpenSSL's objects, each freed by its own function.
template <auto Free>
struct openssl_free {
  template <class T>
  void operator()(T* p) const {
    static_cast<void>(Free(p));
  }
};
template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, openssl_free<Free>>;

using bio_ptr = openssl_ptr<BIO, BIO_free>;
using x509_ptr = openssl_ptr<X509, X509_free>;
using crl_ptr = openssl_ptr<X509_CRL, X509_CRL_free>;
using pkey_ptr = openssl_ptr<EVP_PKEY, EVP_PKEY_free>;
using md_ctx_ptr = openssl_ptr<EVP_MD_CTX, EVP_MD_CTX_free>;
using store_ptr = openssl_ptr<X509_STORE, X509_STORE_free>;
using store_ctx_ptr = openssl_ptr<X509_STORE_CTX, X509_STORE_CTX_free>;

/// What OpenSSL could not allocate, as everybody else says it.
template <class T>
T* or_bad_alloc(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

}  // namespace freshet

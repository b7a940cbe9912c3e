export const id = 344;
export const ids = [344];
export const modules = {

/***/ 344:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   sealedBox: () => (/* binding */ sealedBox)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(598);
/* harmony import */ var _noble_ciphers_salsa_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(851);
/* harmony import */ var _noble_ciphers_utils_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(717);
/* harmony import */ var _noble_hashes_blake2_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(904);




/** An X25519 public key in DER is these twelve bytes and the key (RFC 8410). */
const derPrefix = Buffer.from('302a300506032b656e032100', 'hex');
/** Salsa20's constant, which turns the shared secret into a key (NaCl, crypto_box_beforenm). */
const sigma = (0,_noble_ciphers_utils_js__WEBPACK_IMPORTED_MODULE_1__/* .u32 */ .DH)(new TextEncoder().encode('expand 32-byte k'));
/**
 * libsodium's `crypto_box_seal`, which GitHub demands for secrets: only the holder of the private half
 * of the key can open it. X25519 is Node's own; XSalsa20-Poly1305 and BLAKE2b, which Node lacks, come
 * from the audited @noble libraries.
 *
 * @param publicKey 32 bytes, in base64
 * @returns in base64: the ephemeral public key (32 bytes), then the box
 * @throws RangeError where the key has another length, Error where it is no good point of the curve
 */
function sealedBox(text, publicKey) {
    const recipient = Buffer.from(publicKey, 'base64');
    if (recipient.length !== 32) {
        throw new RangeError(`a public key has 32 bytes, not ${recipient.length}`);
    }
    const theirs = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createPublicKey)({
        key: Buffer.concat([derPrefix, recipient]),
        format: 'der',
        type: 'spki',
    });
    const { privateKey, publicKey: ours } = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.generateKeyPairSync)('x25519');
    const ourBytes = ours.export({ format: 'der', type: 'spki' }).subarray(derPrefix.length);
    // Copied, because words need aligned memory and Node's buffers share theirs.
    const shared = Uint8Array.from((0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.diffieHellman)({ privateKey, publicKey: theirs }));
    const key = new Uint8Array(32);
    (0,_noble_ciphers_salsa_js__WEBPACK_IMPORTED_MODULE_2__/* .hsalsa */ .bD)(sigma, (0,_noble_ciphers_utils_js__WEBPACK_IMPORTED_MODULE_1__/* .u32 */ .DH)(shared), new Uint32Array(4), (0,_noble_ciphers_utils_js__WEBPACK_IMPORTED_MODULE_1__/* .u32 */ .DH)(key));
    const nonce = (0,_noble_hashes_blake2_js__WEBPACK_IMPORTED_MODULE_3__/* .blake2b */ .Sx)(Buffer.concat([ourBytes, recipient]), { dkLen: 24 });
    const box = (0,_noble_ciphers_salsa_js__WEBPACK_IMPORTED_MODULE_2__/* .xsalsa20poly1305 */ .uT)(key, nonce).encrypt(Buffer.from(text));
    return Buffer.concat([ourBytes, box]).toString('base64');
}


/***/ })

};

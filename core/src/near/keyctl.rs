//! `#include <linux/keyctl.h>`: keys and keyrings.

use crate::identifier::Address;

constants! {
    /// `key_serial_t`: a key or keyring; the negative ones are keyrings of the caller.
    values KeySerial: i32 [decimal] {
        SPEC_THREAD_KEYRING("KEY_SPEC_THREAD_KEYRING") = KEY_SPEC_THREAD_KEYRING = -1;
        SPEC_PROCESS_KEYRING("KEY_SPEC_PROCESS_KEYRING") = KEY_SPEC_PROCESS_KEYRING = -2;
        SPEC_SESSION_KEYRING("KEY_SPEC_SESSION_KEYRING") = KEY_SPEC_SESSION_KEYRING = -3;
        SPEC_USER_KEYRING("KEY_SPEC_USER_KEYRING") = KEY_SPEC_USER_KEYRING = -4;
        SPEC_USER_SESSION_KEYRING("KEY_SPEC_USER_SESSION_KEYRING") = KEY_SPEC_USER_SESSION_KEYRING = -5;
        SPEC_GROUP_KEYRING("KEY_SPEC_GROUP_KEYRING") = KEY_SPEC_GROUP_KEYRING = -6;
        SPEC_REQKEY_AUTH_KEY("KEY_SPEC_REQKEY_AUTH_KEY") = KEY_SPEC_REQKEY_AUTH_KEY = -7;
        SPEC_REQUESTOR_KEYRING("KEY_SPEC_REQUESTOR_KEYRING") = KEY_SPEC_REQUESTOR_KEYRING = -8;
    }
    /// `KEYCTL_*`
    values KeyctlOperation: i32 {
        GET_KEYRING_ID("KEYCTL_GET_KEYRING_ID") = KEYCTL_GET_KEYRING_ID = 0;
        JOIN_SESSION_KEYRING("KEYCTL_JOIN_SESSION_KEYRING") = KEYCTL_JOIN_SESSION_KEYRING = 1;
        UPDATE("KEYCTL_UPDATE") = KEYCTL_UPDATE = 2;
        REVOKE("KEYCTL_REVOKE") = KEYCTL_REVOKE = 3;
        CHOWN("KEYCTL_CHOWN") = KEYCTL_CHOWN = 4;
        SETPERM("KEYCTL_SETPERM") = KEYCTL_SETPERM = 5;
        DESCRIBE("KEYCTL_DESCRIBE") = KEYCTL_DESCRIBE = 6;
        CLEAR("KEYCTL_CLEAR") = KEYCTL_CLEAR = 7;
        LINK("KEYCTL_LINK") = KEYCTL_LINK = 8;
        UNLINK("KEYCTL_UNLINK") = KEYCTL_UNLINK = 9;
        SEARCH("KEYCTL_SEARCH") = KEYCTL_SEARCH = 10;
        READ("KEYCTL_READ") = KEYCTL_READ = 11;
        INSTANTIATE("KEYCTL_INSTANTIATE") = KEYCTL_INSTANTIATE = 12;
        NEGATE("KEYCTL_NEGATE") = KEYCTL_NEGATE = 13;
        SET_REQKEY_KEYRING("KEYCTL_SET_REQKEY_KEYRING") = KEYCTL_SET_REQKEY_KEYRING = 14;
        SET_TIMEOUT("KEYCTL_SET_TIMEOUT") = KEYCTL_SET_TIMEOUT = 15;
        ASSUME_AUTHORITY("KEYCTL_ASSUME_AUTHORITY") = KEYCTL_ASSUME_AUTHORITY = 16;
        GET_SECURITY("KEYCTL_GET_SECURITY") = KEYCTL_GET_SECURITY = 17;
        SESSION_TO_PARENT("KEYCTL_SESSION_TO_PARENT") = KEYCTL_SESSION_TO_PARENT = 18;
        REJECT("KEYCTL_REJECT") = KEYCTL_REJECT = 19;
        INSTANTIATE_IOV("KEYCTL_INSTANTIATE_IOV") = KEYCTL_INSTANTIATE_IOV = 20;
        INVALIDATE("KEYCTL_INVALIDATE") = KEYCTL_INVALIDATE = 21;
        GET_PERSISTENT("KEYCTL_GET_PERSISTENT") = KEYCTL_GET_PERSISTENT = 22;
        DH_COMPUTE("KEYCTL_DH_COMPUTE") = KEYCTL_DH_COMPUTE = 23;
        PKEY_QUERY("KEYCTL_PKEY_QUERY") = KEYCTL_PKEY_QUERY = 24;
        PKEY_ENCRYPT("KEYCTL_PKEY_ENCRYPT") = KEYCTL_PKEY_ENCRYPT = 25;
        PKEY_DECRYPT("KEYCTL_PKEY_DECRYPT") = KEYCTL_PKEY_DECRYPT = 26;
        PKEY_SIGN("KEYCTL_PKEY_SIGN") = KEYCTL_PKEY_SIGN = 27;
        PKEY_VERIFY("KEYCTL_PKEY_VERIFY") = KEYCTL_PKEY_VERIFY = 28;
        RESTRICT_KEYRING("KEYCTL_RESTRICT_KEYRING") = KEYCTL_RESTRICT_KEYRING = 29;
        MOVE("KEYCTL_MOVE") = KEYCTL_MOVE = 30;
        CAPABILITIES("KEYCTL_CAPABILITIES") = KEYCTL_CAPABILITIES = 31;
        WATCH_KEY("KEYCTL_WATCH_KEY") = KEYCTL_WATCH_KEY = 32;
    }
}

instructions! {
    /// `key_serial_t add_key(const char *type, const char *description, const void *payload, size_t plen,
    /// key_serial_t keyring)`
    ///
    /// Errors: EACCES, EDQUOT, EFAULT, EINVAL, EKEYEXPIRED, EKEYREVOKED, ENOKEY, ENOMEM, EPERM.
    add_key(r#type: Address, description: Address, payload: Address, plen: usize, keyring: KeySerial) -> KeySerial;
    /// `key_serial_t request_key(const char *type, const char *description, const char *callout_info, key_serial_t
    /// dest_keyring)`
    ///
    /// [`KeySerial::from_raw`] of 0 links the key nowhere.
    ///
    /// Errors: EACCES, EDQUOT, EFAULT, EINTR, EINVAL, EKEYEXPIRED, EKEYREJECTED, EKEYREVOKED, ENOKEY, ENOMEM,
    /// EPERM.
    request_key(
        r#type: Address, description: Address, callout_info: Address, dest_keyring: KeySerial,
    ) -> KeySerial;
    /// `long keyctl(int op, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)`
    ///
    /// The general form: what counts, and what comes back, is as `op` says.
    ///
    /// Errors: EACCES, EAGAIN, EDEADLK, EDQUOT, EEXIST, EFAULT, EINVAL, EKEYEXPIRED, EKEYREJECTED, EKEYREVOKED,
    /// ELOOP, EMSGSIZE, ENFILE, ENOENT, ENOKEY, ENOMEM, ENOTDIR, EOPNOTSUPP, EPERM, ETIMEDOUT.
    keyctl(op: KeyctlOperation, arg2: u64, arg3: u64, arg4: u64, arg5: u64) -> usize;
}

forms! {
    /// `KEYCTL_GET_KEYRING_ID`: the number of a special keyring, which is made first with `create`; ENOKEY if there is
    /// none.
    keyctl_get_keyring_id(keyring: KeySerial, create: bool) -> KeySerial =
        keyctl([KeyctlOperation::GET_KEYRING_ID], keyring, create);
    /// `KEYCTL_JOIN_SESSION_KEYRING`: a new session keyring, or the one of this name; [`Address::NULL`] for a new one
    /// without a name.
    keyctl_join_session_keyring(name: Address) -> KeySerial =
        keyctl([KeyctlOperation::JOIN_SESSION_KEYRING], name);
    /// `KEYCTL_UPDATE`: gives a key another payload.
    keyctl_update(key: KeySerial, payload: Address, plen: usize) -> () =
        keyctl([KeyctlOperation::UPDATE], key, payload, plen);
    /// `KEYCTL_REVOKE`: from now on EKEYREVOKED for everybody.
    keyctl_revoke(key: KeySerial) -> () = keyctl([KeyctlOperation::REVOKE], key);
    /// `KEYCTL_SETPERM`: who may do what with the key, a byte each for possessor, owner, group and others.
    keyctl_setperm(key: KeySerial, permissions: u32) -> () =
        keyctl([KeyctlOperation::SETPERM], key, permissions);
    /// `KEYCTL_DESCRIBE`: writes "type;uid;gid;perm;description"; returns how long it is, whatever fits.
    keyctl_describe(key: KeySerial, buffer: Address, length: usize) -> usize =
        keyctl([KeyctlOperation::DESCRIBE], key, buffer, length);
    /// `KEYCTL_CLEAR`: empties a keyring.
    keyctl_clear(keyring: KeySerial) -> () = keyctl([KeyctlOperation::CLEAR], keyring);
    /// `KEYCTL_LINK`: puts a key into a keyring.
    keyctl_link(key: KeySerial, keyring: KeySerial) -> () = keyctl([KeyctlOperation::LINK], key, keyring);
    /// `KEYCTL_UNLINK`: takes it out.
    keyctl_unlink(key: KeySerial, keyring: KeySerial) -> () = keyctl([KeyctlOperation::UNLINK], key, keyring);
    /// `KEYCTL_SEARCH`: finds a key by type and description in a keyring and those below; ENOKEY if there is none.
    keyctl_search(keyring: KeySerial, r#type: Address, description: Address, dest_keyring: KeySerial) -> KeySerial =
        keyctl([KeyctlOperation::SEARCH], keyring, r#type, description, dest_keyring);
    /// `KEYCTL_READ`: writes the payload, or of a keyring the keys; returns how long it is, whatever fits.
    keyctl_read(key: KeySerial, buffer: Address, length: usize) -> usize =
        keyctl([KeyctlOperation::READ], key, buffer, length);
    /// `KEYCTL_SET_TIMEOUT`: the key expires after so many seconds; 0 for never.
    keyctl_set_timeout(key: KeySerial, timeout: u32) -> () =
        keyctl([KeyctlOperation::SET_TIMEOUT], key, timeout);
    /// `KEYCTL_INVALIDATE`: the key is gone at once.
    keyctl_invalidate(key: KeySerial) -> () = keyctl([KeyctlOperation::INVALIDATE], key);
}

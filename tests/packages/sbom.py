# SPDX-License-Identifier: Apache-2.0
"""The rules of SPDX 2.3 for a document in JSON, as far as the documents of this project can break them.

Source: https://spdx.github.io/spdx-spec/v2.3/, the clauses named below, and its JSON schema.
"""

import re

# 6.8 and 6.9
CREATOR = re.compile(r"(Tool: \S+-\S+|(Person|Organization): .+)")
CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# 6.3 and 7.2
IDENTIFIER = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
# 6.5: an absolute URI without a fragment
NAMESPACE = re.compile(r"[a-z][a-z0-9+.-]*:[^#\s]+")
# 7.5
SUPPLIER = re.compile(r"NOASSERTION|(Person|Organization): .+")
# 7.7
LOCATION = re.compile(r"NOASSERTION|NONE|(https?|git\+https|ftp)://\S+")
# Package URL specification: type, optional namespace, name, version, qualifiers
PURL = re.compile(r"pkg:[a-z]+(/[A-Za-z0-9._%-]+)*/[A-Za-z0-9._%-]+(@[A-Za-z0-9._%~-]+)?(\?[a-z]+=[^&\s]+(&[a-z]+=[^&\s]+)*)?")
# 7.24
PURPOSES = {
    "APPLICATION", "FRAMEWORK", "LIBRARY", "CONTAINER", "OPERATING-SYSTEM", "DEVICE", "FIRMWARE", "SOURCE", "ARCHIVE",
    "FILE", "INSTALL", "OTHER",
}  # fmt: skip
# 11.1; only the types that we write
RELATIONSHIPS = {
    "DESCRIBES", "DEPENDS_ON", "DYNAMIC_LINK", "STATIC_LINK", "GENERATED_FROM", "BUILD_TOOL_OF",
}  # fmt: skip
# The SPDX License List; only what our packages and those that we use have
LICENSES = {
    "Apache-2.0", "BSD-3-Clause", "BSL-1.0", "GPL-3.0-or-later", "LGPL-2.1-or-later", "MIT", "PostgreSQL", "Zlib", "curl",
}  # fmt: skip
EXCEPTIONS = {"GCC-exception-3.1"}

DOCUMENT_TEXTS = ("spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace")
PACKAGE_TEXTS = ("SPDXID", "name", "downloadLocation")
RELATIONSHIP_TEXTS = ("spdxElementId", "relationshipType", "relatedSpdxElement")
DOCUMENT_MEMBERS = {*DOCUMENT_TEXTS, "creationInfo", "packages", "relationships"}
PACKAGE_MEMBERS = {
    *PACKAGE_TEXTS, "versionInfo", "supplier", "homepage", "filesAnalyzed", "licenseConcluded", "licenseDeclared",
    "copyrightText", "primaryPackagePurpose", "packageFileName", "externalRefs", "comment",
}  # fmt: skip


def is_license(expression: str) -> bool:
    """Annex D: an identifier, with an exception or without, several of them with AND or OR."""
    for part in re.split(r" (?:AND|OR) ", expression):
        identifier, _, exception = part.partition(" WITH ")
        if identifier not in LICENSES or (exception and exception not in EXCEPTIONS):
            return False
    return True


def _missing_texts(what: str, element: dict, names: tuple) -> list[str]:
    return [f"{what}: {name} is missing" for name in names if not isinstance(element.get(name), str) or not element[name]]


def _unknown_members(what: str, element: dict, known: set) -> list[str]:
    return [f"{what}: {name} is not a member" for name in sorted(element.keys() - known)]


def _errors_of_head(document: dict) -> list[str]:
    errors = _missing_texts("document", document, DOCUMENT_TEXTS)
    errors += _unknown_members("document", document, DOCUMENT_MEMBERS)
    for name, right in (("spdxVersion", "SPDX-2.3"), ("dataLicense", "CC0-1.0"), ("SPDXID", "SPDXRef-DOCUMENT")):
        if document.get(name) != right:
            errors.append(f"document: {name} has to be {right}")
    if not NAMESPACE.fullmatch(str(document.get("documentNamespace"))):
        errors.append("document: documentNamespace is no absolute URI without a fragment")
    creation = document.get("creationInfo", {})
    if not CREATED.fullmatch(str(creation.get("created"))):
        errors.append("creationInfo: created is no time in UTC")
    creators = creation.get("creators", [])
    if not creators or not all(CREATOR.fullmatch(each) for each in creators):
        errors.append("creationInfo: creators have to be Tool: NAME-VERSION, Person: or Organization:")
    return errors


def _errors_of_package(package: dict) -> list[str]:
    what = f"package {package.get('name')}"
    errors = _missing_texts(what, package, PACKAGE_TEXTS) + _unknown_members(what, package, PACKAGE_MEMBERS)
    for name, pattern in (("SPDXID", IDENTIFIER), ("supplier", SUPPLIER), ("downloadLocation", LOCATION)):
        if name in package and not pattern.fullmatch(package[name]):
            errors.append(f'{what}: {name} "{package[name]}" has the wrong form')
    for name in ("licenseConcluded", "licenseDeclared"):
        if package.get(name, "NOASSERTION") not in ("NOASSERTION", "NONE") and not is_license(package[name]):
            errors.append(f'{what}: {name} "{package[name]}" is no expression of known licences')
    # 7.8 and 7.9: without files there is no verification code, and then filesAnalyzed has to be false.
    if package.get("filesAnalyzed") is not False:
        errors.append(f"{what}: filesAnalyzed has to be false, because there are no files")
    if package.get("primaryPackagePurpose") not in PURPOSES | {None}:
        errors.append(f"{what}: primaryPackagePurpose is unknown")
    for reference in package.get("externalRefs", []):
        if reference.get("referenceCategory") != "PACKAGE-MANAGER" or reference.get("referenceType") != "purl":
            errors.append(f"{what}: an external reference is no purl of a package manager")
        if not PURL.fullmatch(reference.get("referenceLocator", "")):
            errors.append(f"{what}: \"{reference.get('referenceLocator')}\" is no purl")
    return errors


def _errors_of_relationships(document: dict) -> list[str]:
    errors = []
    known = {"SPDXRef-DOCUMENT"} | {package.get("SPDXID") for package in document.get("packages", [])}
    seen = set()
    for each in document.get("relationships", []):
        text = " ".join(str(each.get(name)) for name in RELATIONSHIP_TEXTS)
        errors += _missing_texts(text, each, RELATIONSHIP_TEXTS)
        errors += _unknown_members(text, each, set(RELATIONSHIP_TEXTS))
        if each.get("relationshipType") not in RELATIONSHIPS:
            errors.append(f"{text}: unknown type of relationship")
        if each.get("spdxElementId") not in known:
            errors.append(f"{text}: the first element is not in the document")
        if each.get("relatedSpdxElement") not in known | {"NOASSERTION", "NONE"}:
            errors.append(f"{text}: the second element is not in the document")
        if text in seen:
            errors.append(f"{text}: is there twice")
        seen.add(text)
    # 11.2: a document describes something.
    if not any(text.startswith("SPDXRef-DOCUMENT DESCRIBES ") for text in seen):
        errors.append("the document describes nothing")
    related = {name for each in document.get("relationships", []) for name in each.values()}
    errors += [f"{name}: related to nothing" for name in sorted(known - related, key=str)]
    return errors


def errors_of(document: dict) -> list[str]:
    """What is wrong with a document; nothing if it follows the rules."""
    errors = _errors_of_head(document)
    packages = document.get("packages", [])
    for package in packages:
        errors += _errors_of_package(package)
    identifiers = [package.get("SPDXID") for package in packages]
    errors += [f"{name} is there twice" for name in sorted(set(identifiers), key=str) if identifiers.count(name) > 1]
    return errors + _errors_of_relationships(document)
